// OPC UA servers of another make, steered by JSON lines on standard input.
//
// One line, one request: {"id": 1, "do": "start", "rtu": "rtu", ...}; each is answered by
// {"id": 1, "ok": ...} or {"id": 1, "error": "..."}. An order written to a command node is asked
// back as {"ask": 7, "rtu": "rtu", "node": "s1.command", "value": 1} and waits for
// {"do": "answer", "ask": 7, "status": 0}. node_peer.py is the other end.

import { createInterface } from "node:readline";

import opcua from "node-opcua";

import { Rtu } from "./rtu.js";

const rtus = new Map();
const asked = new Map();
let asks = 0;

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Asks whoever steers what a device answers to `value`; a status code comes back. */
function ask(rtu, node, value) {
  const number = ++asks;
  return new Promise((resolve) => {
    asked.set(number, resolve);
    say({ ask: number, rtu, node, value });
  });
}

/** Holds the event loop: to the outside a process that computes and answers nobody. */
function hold(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const DOES = {
  async start(request) {
    const rtu = new Rtu(request, (node, value) => ask(request.rtu, node, value));
    rtus.set(request.rtu, rtu);
    return rtu.start();
  },
  async stop({ rtu }) {
    await rtus.get(rtu)?.stop();
    rtus.delete(rtu);
  },
  async set({ rtu, values }) {
    rtus.get(rtu).set(values);
  },
  async storm({ rtu, nodes, rate_per_s, seconds }) {
    return rtus.get(rtu).storm(nodes, rate_per_s, seconds);
  },
  async delete({ rtu, nodes }) {
    rtus.get(rtu).delete(nodes);
  },
  async cut({ rtu }) {
    await rtus.get(rtu).cut();
  },
  async heal({ rtu }) {
    await rtus.get(rtu).heal();
  },
  async end_sessions({ rtu }) {
    return rtus.get(rtu).endSessions();
  },
  async end_subscriptions({ rtu }) {
    return rtus.get(rtu).endSubscriptions();
  },
  async skip_message({ rtu }) {
    return rtus.get(rtu).skipMessage();
  },
  async service_level({ rtu, level }) {
    rtus.get(rtu).setServiceLevel(level);
  },
  async counts({ rtu }) {
    return rtus.get(rtu).counts();
  },
  async hold({ ms }) {
    hold(ms);
  },
  async bounds({ notifications_per_publish, sampling_ms_min }) {
    if (notifications_per_publish) {
      opcua.Subscription.maxNotificationPerPublishHighLimit = notifications_per_publish;
    }
    if (sampling_ms_min) opcua.MonitoredItem.minimumSamplingInterval = sampling_ms_min;
  },
};

async function carryOut(line) {
  const request = JSON.parse(line);
  if (request.do === "answer") {
    asked.get(request.ask)?.(request.status);
    asked.delete(request.ask);
    return;
  }
  try {
    say({ id: request.id, ok: (await DOES[request.do](request)) ?? null });
  } catch (error) {
    say({ id: request.id, error: `${error}` });
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void carryOut(line));
lines.on("close", () => process.exit(0));
say({ ready: process.pid });
