//! A value as Go's templates see it. Owned by the template engine; not for data at rest, which is JSON.
