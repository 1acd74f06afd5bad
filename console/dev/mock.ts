import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

/** Plays a recording as the service would, for `vite dev` and `vite preview` only; it is no part of
 * any build. Times are shifted to now. Messages after one with `await` wait for that act.
 *
 * GRIDOPS_API=http://127.0.0.1:8080 npm run dev   talks to a running service instead.
 * POST /dev/silence                               stops beats and messages (a frozen network).
 * POST /dev/restart                               plays from the beginning. */
type Message = { at_s: number; event: string; await?: string; data: Record<string, unknown> };
type Recording = { recorded_at: string; messages: Message[] };

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixture/${name}`, import.meta.url), 'utf8');
const ISO = /"(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00))"/g;

class Player {
  private clients = new Set<ServerResponse>();
  private sent: string[] = [];
  private rest: Message[] = [];
  private timer: NodeJS.Timeout | undefined;
  private shiftMs = 0;
  private sequence = 0;
  silent = false;

  constructor(private readonly recording: Recording) {}

  restart(): void {
    clearTimeout(this.timer);
    this.silent = false;
    this.sent = [];
    this.rest = [...this.recording.messages];
    this.shiftMs = Date.now() - Date.parse(this.recording.recorded_at);
    this.next(0);
  }

  did(act: string): void {
    const [first] = this.rest;
    if (first?.await !== act) return;
    this.shiftMs = Date.now() - Date.parse(this.recording.recorded_at) - first.at_s * 1000;
    this.next(first.at_s);
  }

  private next(from: number): void {
    const [first, ...rest] = this.rest;
    if (!first) return;
    const send = () => {
      this.rest = rest;
      this.sequence = Number(first.data.sequence);
      this.send(first.event, JSON.stringify(first.data));
      if (rest[0] && rest[0].await === undefined) this.next(first.at_s);
    };
    if (first.at_s <= from) send();
    else this.timer = setTimeout(send, (first.at_s - from) * 1000);
  }

  private send(event: string, data: string): void {
    const now = data.replace(
      ISO,
      (_, at: string) => `"${new Date(Date.parse(at) + this.shiftMs).toISOString()}"`,
    );
    const text = `id: ${this.sequence}\nevent: ${event}\ndata: ${now}\n\n`;
    this.sent.push(text);
    if (!this.silent) for (const client of this.clients) client.write(text);
  }

  join(client: ServerResponse): void {
    client.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    if (this.sent.length === 0) this.restart();
    if (!this.silent) for (const text of this.sent) client.write(text);
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
  }

  beat(): void {
    if (this.silent) return;
    const data = JSON.stringify({ at: new Date().toISOString(), sequence: this.sequence });
    for (const client of this.clients) client.write(`event: beat\ndata: ${data}\n\n`);
  }
}

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MAY = ['look', 'report', 'switch', 'tag', 'mode'];
const SESSION = { user: 'lan.nguyen', role: 'dispatcher', language: 'vi', csrf: 'dev', may: MAY };

function answer(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string, detail: string): void {
  const type = `urn:gridops:problem:${code}`;
  answer(response, status, { type, title: code, status, detail, remedy: '', code });
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
}

function service(): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const player = new Player(JSON.parse(fixture('recording.json')) as Recording);
  let loggedIn = false;
  setInterval(() => player.beat(), 800).unref();
  const routes: Record<string, (response: ServerResponse, body: Record<string, unknown>) => void> = {
    'GET /api/v1/session': (r) =>
      loggedIn ? answer(r, 200, SESSION) : refuse(r, 401, 'not-logged-in', 'no session'),
    'POST /api/v1/session': (r, body) => {
      loggedIn = body.password !== 'wrong';
      if (loggedIn) answer(r, 200, SESSION);
      else refuse(r, 401, 'wrong-password', 'no such user and password');
    },
    'DELETE /api/v1/session': (r) => {
      loggedIn = false;
      answer(r, 200, {});
    },
    'GET /api/v1/grid': (r) => r.writeHead(200).end(fixture('grid.json')),
    'GET /api/v1/events': (r) => player.join(r),
    'POST /dev/silence': (r) => {
      player.silent = true;
      answer(r, 200, {});
    },
    'POST /dev/restart': (r) => {
      player.restart();
      answer(r, 200, {});
    },
  };
  return async (request, response) => {
    const path = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    const route = routes[path];
    const act = /^POST \/api\/v1\/incidents\/[^/]+\/(\w+)$/.exec(path)?.[1];
    if (route) route(response, await bodyOf(request));
    else if (act === 'release') {
      answer(response, 200, {});
      player.did(act);
    } else if (path.includes(' /api/v1/')) {
      refuse(response, 409, 'release-refused', 'the recording knows no such act');
    } else return false;
    return true;
  };
}

export function mockService(): Plugin {
  type Use = { use(handler: (q: IncomingMessage, r: ServerResponse, next: () => void) => void): void };
  const attach = (middlewares: Use, strict: boolean) => {
    const serve = service();
    middlewares.use((request, response, next) => {
      if (strict) response.setHeader('Content-Security-Policy', CSP);
      void serve(request, response).then((served) => served || next());
    });
  };
  const elsewhere = process.env.GRIDOPS_API;
  return {
    name: 'gridops-mock-service',
    apply: (_, env) => env.command === 'serve',
    config: () =>
      elsewhere ? { server: { proxy: { '/api': { target: elsewhere, changeOrigin: true } } } } : {},
    configureServer: (server) => (elsewhere ? undefined : attach(server.middlewares, false)),
    configurePreviewServer: (server) => attach(server.middlewares, true),
  };
}
