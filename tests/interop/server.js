// OPC UA servers of another make, steered by JSON lines on standard input.
//
// One line, one request: {"id": 1, "do": "start", "rtu": "rtu", ...}; each is answered by
// {"id": 1, "ok": ...} or {"id": 1, "error": "..."}. An order written to a command node is asked
// back as {"ask": 7, "rtu": "rtu", "node": "s1.command", "value": 1, "at_ms": ...} and waits for
// {"do": "answer", "ask": 7, "status": 0}. node_peer.py is the other end.

import opcua from "node-opcua";

import { serve } from "./lines.js";
import { Rtu } from "./rtu.js";

const rtus = new Map();
const asked = new Map();
let asks = 0;


/** Holds the event loop: to the outside a process that computes and answers nobody. */
function hold(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

serve((say) => ({
  async start(request) {
    const rtu = new Rtu(
      request,
      (node, value) =>
        new Promise((resolve) => {
          asked.set(++asks, resolve);
          say({ ask: asks, rtu: request.rtu, node, value, at_ms: Date.now() });
        }),
    );
    rtus.set(request.rtu, rtu);
    return rtu.start();
  },
  async answer({ ask, status }) {
    asked.get(ask)?.(status);
    asked.delete(ask);
  },
  async stop({ rtu }) {
    await rtus.get(rtu)?.stop();
    rtus.delete(rtu);
  },
  /** When they began to be written and when they were, by the clock of this machine, in ms. */
  async set({ rtu, values }) {
    const began = Date.now();
    rtus.get(rtu).set(values);
    return [began, Date.now()];
  },
  async storm(request) {
    return rtus.get(request.rtu).storm(request);
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
}));
