import assert from "node:assert/strict";
import { explore } from "./explore.ts";
import { type Fault, type Setting, threadsModel } from "./threads_model.ts";

// Larger settings are among the long tests.
const PAIR: Setting = { helpers: 1, tasks: [2, 2], images: [2, 1, 2] };

const SETTINGS: Record<string, Setting> = {
  "nothing happens": PAIR,
  "a task fails": { ...PAIR, failures: 1 },
  "a thread dies": { ...PAIR, deaths: 1 },
  "a thread is slow": { ...PAIR, timeouts: 1 },
  "three threads": { helpers: 2, tasks: [2], images: [1], failures: 1 },
};

for (const [name, setting] of Object.entries(SETTINGS)) {
  Deno.test(`threads keep to their image, in every order: ${name}`, () => {
    const { states, ends } = explore(threadsModel(setting));
    assert.ok(states > 10_000 && ends > 0, `${states} states, ${ends} ends`);
  });
}

const FAULTS: readonly [Fault, RegExp][] = [
  ["early image", /next image is written/],
  ["shared with the late", /next image is written/],
  ["sleepers sleep on", /waits for ever/],
  ["claims without a run", /of another run/],
];

for (const [fault, message] of FAULTS) {
  Deno.test(`exploring finds a fault: ${fault}`, () => {
    const model = threadsModel({ ...PAIR, failures: 1, fault });
    assert.throws(() => explore(model), message);
  });
}
