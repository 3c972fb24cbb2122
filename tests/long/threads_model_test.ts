import assert from "node:assert/strict";
import { explore } from "../backends/simd/explore.ts";
import { type Setting, threadsModel } from "../backends/simd/threads_model.ts";

const PAIR: Setting = { helpers: 1, tasks: [2, 2], images: [2, 1, 2] };

const SETTINGS: Record<string, Setting> = {
  "a thread fails, another is slow": { ...PAIR, failures: 1, timeouts: 1 },
  "a thread fails, another dies": { ...PAIR, failures: 1, deaths: 1 },
  "three threads, one fails": {
    helpers: 2,
    tasks: [1, 1],
    images: [2, 1],
    failures: 1,
  },
};

for (const [name, setting] of Object.entries(SETTINGS)) {
  Deno.test(`threads keep to their image, in every order: ${name}`, () => {
    const { states, ends } = explore(threadsModel(setting));
    assert.ok(states > 100_000 && ends > 0, `${states} states, ${ends} ends`);
  });
}
