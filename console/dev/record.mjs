// Records what `npm run dev` and the tests play, from a running service:
//   gridops demo --scenario fault_mid_feeder --port 8080
//   node dev/record.mjs http://127.0.0.1:8080 operator THE-PASSWORD
// Releases the first plan that is proposed and ends when the incident is restored. A message is
// kept when something happened to the incident; what drifts meanwhile comes along with the next.
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const [address, user, password] = process.argv.slice(2);
const READ_MS = 3000;
const DRIFTING = new Set(['minutes']);
/** Parts of the view of which only changed entries are sent. */
const MAPS = new Set(['switches', 'sections', 'feeders', 'incidents', 'sheets']);
const fixture = (name) => new URL(`./fixture/${name}`, import.meta.url);

async function ask(path, init = {}) {
  const response = await fetch(`${address}/api/v1${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

const json = { 'Content-Type': 'application/json' };
const entrance = await ask('/session', {
  method: 'POST', headers: json, body: JSON.stringify({ user, password }),
});
const cookie = entrance.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
const { csrf } = await entrance.json();
const grid = await (await ask('/grid', { headers: { cookie } })).json();

async function release({ id, plan }) {
  await wait(READ_MS);
  await ask(`/incidents/${id}/release`, {
    method: 'POST',
    headers: { ...json, cookie, 'X-CSRF-Token': csrf, 'Idempotency-Key': 'recording' },
    body: JSON.stringify({ plan: plan.id, fingerprint: plan.fingerprint }),
  });
}

async function* events() {
  const { body } = await ask('/events', { headers: { cookie } });
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk.replaceAll('\r', '');
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}

/** Keys of `now` that differ from `before`, two levels deep, as the contract allows. */
function difference(before, now) {
  const changed = {};
  for (const [key, value] of Object.entries(now)) {
    if (JSON.stringify(before[key]) === JSON.stringify(value)) continue;
    const isMap = MAPS.has(key);
    changed[key] = isMap ? entriesOf(before[key], value) : value;
  }
  return changed;
}

function entriesOf(before, now) {
  const changed = {};
  for (const [id, entry] of Object.entries(now)) {
    const known = before[id];
    const fields = Object.entries(entry).filter(
      ([key, value]) => !known || JSON.stringify(known[key]) !== JSON.stringify(value),
    );
    if (fields.length > 0) changed[id] = Object.fromEntries(fields);
  }
  return changed;
}

const happened = ({ incidents }) =>
  JSON.stringify(incidents, (key, value) => (DRIFTING.has(key) ? undefined : value));

const messages = [];
let [kept, view, released, start] = [null, null, false, 0];
for await (const { event, data } of events()) {
  if (event === 'view') view = data;
  else if (event === 'change') {
    const next = { ...view };
    for (const [key, value] of Object.entries(data)) {
      const isMap = MAPS.has(key);
      next[key] = isMap ? { ...view[key], ...value } : value;
    }
    view = next;
  } else continue;
  if (kept && happened(kept) === happened(view)) continue;
  start ||= Date.parse(view.at);
  const message = { at_s: (Date.parse(view.at) - start) / 1000, event: kept ? 'change' : 'view' };
  const [incident] = Object.values(view.incidents);
  if (incident?.phase === 'executing' && !released) {
    message.await = 'release';
    released = true;
  }
  messages.push({ ...message, data: kept ? { sequence: 0, at: '', ...difference(kept, view) } : view });
  kept = view;
  console.error(message.at_s.toFixed(1), incident?.phase ?? 'quiet');
  if (incident?.phase === 'proposed' && !released) void release(incident);
  if (incident?.phase === 'restored') break;
}
// The recorder's own count: the service's may stand still while only time passes.
messages.forEach((message, index) => {
  message.data.sequence = index + 1;
  if (!message.data.at) throw new Error('a message without time');
});
const recording = { recorded_at: messages[0].data.at, messages };
const lines = messages.map((message) => `  ${JSON.stringify(message)}`).join(',\n');
writeFileSync(
  fixture('recording.json'),
  `{ "recorded_at": ${JSON.stringify(recording.recorded_at)}, "messages": [\n${lines}\n] }\n`,
);
writeFileSync(fixture('grid.json'), `${JSON.stringify(grid)}\n`);
process.exit(0);
