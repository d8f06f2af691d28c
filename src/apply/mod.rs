//! Server-side apply as a pure function: managed fields, merge and conflicts, as the API server does it.
//!
//! It makes the plan's prediction and is what the sandbox answers with; the real API server is its oracle. It reads no
//! clock: the caller passes the time. Schemas come from the server's OpenAPI v3, or from a built-in table.
