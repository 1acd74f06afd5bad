// JSON lines: one request a line on standard input, one answer a line on standard output.

import { createInterface } from "node:readline";

/** `makes(say)` gives the functions that requests name by `do`; `say` tells what nobody asked.
 * Ends the process when standard input closes. */
export function serve(makes) {
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const does = makes(say);
  const carryOut = async (line) => {
    const request = JSON.parse(line);
    try {
      const ok = (await does[request.do](request)) ?? null;
      if (request.id !== undefined) say({ id: request.id, ok });
    } catch (error) {
      say({ id: request.id, error: `${error}` });
    }
  };
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void carryOut(line));
  lines.on("close", () => process.exit(0));
  say({ ready: process.pid });
}
