// Calls the services and judges the answers, with k6. It runs as a Job in the cluster, and from a laptop:
//
//   TARGETS='[{"name":"rest-api","url":"http://127.0.0.1:8080/health","kind":"http"}]' k6 run load.js
//
// TARGETS     what is called: name, url, kind (http or websocket), and whether with the key (authenticated)
// SCENARIO    smoke: one user who calls each a few times; load: USERS users for DURATION
// API_KEY     sent as X-API-Key and as a bearer token to those that are authenticated
// MAX_FAILURE_RATE, P95_MILLISECONDS  what is still good

import http from "k6/http";
import ws from "k6/ws";
import { check, sleep } from "k6";
import { Rate, Trend } from "k6/metrics";

const targets = JSON.parse(__ENV.TARGETS || "[]");
const smoke = (__ENV.SCENARIO || "smoke") === "smoke";
const users = Number(__ENV.USERS || "10");
const duration = __ENV.DURATION || "1m";
const key = __ENV.API_KEY || "";
const limit = { rate: __ENV.MAX_FAILURE_RATE || "0.01", p95: __ENV.P95_MILLISECONDS || "1000" };

const failed = new Rate("failed");
const answered = new Trend("answered", true);

const thresholds = { failed: [`rate<=${limit.rate}`] };
for (const target of targets) {
  thresholds[`answered{target:${target.name}}`] = [`p(95)<=${limit.p95}`];
}

export const options = {
  thresholds,
  scenarios: {
    only: smoke
      ? { executor: "per-vu-iterations", vus: 1, iterations: 5, maxDuration: "2m" }
      : {
          executor: "ramping-vus",
          startVUs: 1,
          // Up, hold, and down again: what was slow at the height must be fast again after it.
          stages: [
            { duration: "15s", target: users },
            { duration, target: users },
            { duration: "5s", target: 0 },
          ],
        },
  },
  userAgent: "developer-mesh-load-test",
  summaryTrendStats: ["min", "med", "p(95)", "max"],
};

export default function () {
  for (const target of targets) {
    const headers = target.authenticated && key ? { "X-API-Key": key, Authorization: `Bearer ${key}` } : {};
    if (target.kind === "websocket") {
      connect(target, headers);
    } else {
      get(target, headers);
    }
  }
  sleep(smoke ? 0.2 : 1);
}

function get(target, headers) {
  const response = http.get(target.url, { headers, timeout: "10s", tags: { target: target.name } });
  answered.add(response.timings.duration, { target: target.name });
  judge(target, response, (r) => r.status >= 200 && r.status < 300);
}

// A WebSocket that opens is good; it is closed at once.
function connect(target, headers) {
  const started = Date.now();
  const response = ws.connect(target.url, { headers, tags: { target: target.name } }, (socket) => {
    socket.on("open", () => {
      answered.add(Date.now() - started, { target: target.name });
      socket.close();
    });
    socket.setTimeout(() => socket.close(), 10000);
  });
  judge(target, response, (r) => r && r.status === 101);
}

function judge(target, response, good) {
  const passed = check(response, { [`${target.name} answers`]: good });
  failed.add(!passed);
}
