import { describe, expect, it } from 'vitest';
import { Api, Problem } from '../src/logic/api';
import { CATALOGUES, LANGUAGES, reasonInWords, translator } from '../src/logic/i18n';
import { problemDetail, problemInWords } from '../src/logic/problem';

type Call = { path: string; init: RequestInit };

function service(...answers: Response[]): { api: Api; calls: Call[] } {
  const calls: Call[] = [];
  const fetch = async (path: string, init: RequestInit) => {
    calls.push({ path, init });
    const answer = answers.shift();
    if (!answer) throw new TypeError('network');
    return answer;
  };
  let key = 0;
  return { api: new Api(fetch, () => `key-${++key}`), calls };
}
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const session = { user: 'lan', role: 'operator', language: 'vi', csrf: 'secret' };
const failed = async (doing: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await doing.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${String(error)}`);
  return error;
};

describe('the api', () => {
  it('sends the CSRF token of the session and a new key with every act', async () => {
    const { api, calls } = service(json(session), json({}), json({}));
    await api.login('lan', 'x');
    await api.release('INC 1', 'plan-1', 'f00d');
    await api.act('INC 1', 'halt');
    const [, release, halt] = calls;
    expect(release?.path).toBe('api/v1/incidents/INC%201/release');
    expect(JSON.parse(String(release?.init.body))).toEqual({ plan: 'plan-1', fingerprint: 'f00d' });
    expect(release?.init.headers).toMatchObject({ 'X-CSRF-Token': 'secret', 'Idempotency-Key': 'key-2' });
    expect(halt?.init.headers).toMatchObject({ 'Idempotency-Key': 'key-3' });
  });

  it('does not send a token with a question', async () => {
    const { api, calls } = service(json(session));
    await api.session();
    expect(calls[0]?.init.headers).not.toHaveProperty('X-CSRF-Token');
  });

  it('raises the problem of the service', async () => {
    const type = 'urn:gridops:problem:release-refused';
    const body = { type, status: 409, detail: 'plan 2 replaced it', remedy: 'look at plan 2' };
    const problem = await failed(service(json(body, 409)).api.release('i', 'p', 'f'));
    expect(problem).toMatchObject({ status: 409, code: 'release-refused', remedy: 'look at plan 2' });
    const t = translator('en');
    expect(problemInWords(t, problem)).toMatch(/^The release was refused/);
    expect(problemDetail(t, problem)).toBe('plan 2 replaced it – look at plan 2');
  });

  it('says so when nobody answered', async () => {
    const problem = await failed(service().api.grid());
    expect(problem.code).toBe('unreachable');
    expect(problemDetail(translator('en'), problem)).toBe('');
  });

  it('falls back to what the service said, then to the status', async () => {
    const t = translator('en');
    const worded = await failed(service(json({ code: 'brand-new', detail: 'tea only' }, 418)).api.grid());
    expect(problemInWords(t, worded)).toBe('tea only');
    expect(problemDetail(t, worded)).toBe('');
    const bare = await failed(service(new Response('<html>', { status: 500 })).api.grid());
    expect(problemInWords(t, bare)).toBe('The service failed at this.');
  });

  it('gives up a version of the grid when nobody waits for it any more', async () => {
    const hanging = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)));
    const gone = new AbortController();
    const asked = failed(new Api(hanging).pastGrid('f00', gone.signal));
    gone.abort();
    expect((await asked).code).toBe('unreachable');
  });

  it('does not take what was cut for an answer', async () => {
    const cut = () => new Response('{"user": "la', { status: 200 });
    expect(await failed(service(cut()).api.session())).toMatchObject({ status: 0, code: 'unreachable' });
    expect((await failed(service(cut()).api.act('INC 1', 'halt'))).code).toBe('unreachable');
  });

  it('takes an empty answer', async () => {
    const { api } = service(new Response(null, { status: 204 }));
    expect(await api.logout()).toBeUndefined();
  });
});

describe('an offer', () => {
  it('is taken as exactly the one that was seen', async () => {
    const { api, calls } = service(json({}));
    await api.takeOffer('INC 1', 'plan-2', 'cafe');
    expect(calls[0]?.path).toBe('api/v1/incidents/INC%201/offer');
    expect(JSON.parse(String(calls[0]?.init.body))).toEqual({ plan: 'plan-2', fingerprint: 'cafe' });
  });
});

describe('what the core refuses', () => {
  it('is told in the language of the reader, with the reason', () => {
    const reason = { code: 'own-sheet', params: { user: 'lan' } };
    const problem = new Problem(409, 'act-refused', 'refused: english', '', reason);
    const [en, vi] = [translator('en'), translator('vi')];
    expect(problemInWords(en, problem)).toBe(reasonInWords(en, reason));
    expect(problemInWords(vi, problem)).toBe(reasonInWords(vi, reason));
    expect(reasonInWords(vi, reason)).not.toMatch(/own-sheet/);
    expect(problemDetail(vi, problem)).toBe('');
  });

  it('names why a plan is not released, and no code', () => {
    const codes = Object.keys(CATALOGUES.en).filter((key) => key.startsWith('refusal.'));
    expect(codes).toHaveLength(14);
    for (const language of LANGUAGES) {
      for (const code of codes) {
        const why = code.replace('refusal.', '');
        const reason = { code: 'release-refused', params: { plan: 'I1/P3', why } };
        const problem = new Problem(409, 'release-refused', `refused: ${why}`, '', reason);
        expect(problemInWords(translator(language), problem)).not.toMatch(new RegExp(`${why}|[{}]`));
      }
    }
  });

  it('keeps what was written when somebody else was first', () => {
    const problem = new Problem(412, 'stale-edit', 'sheet P1 is not what was seen', 'read it again');
    expect(problemInWords(translator('vi'), problem)).toMatch(/^Phiếu đã được người khác sửa/);
  });
});
