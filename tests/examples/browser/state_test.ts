/** The page's possible states, for any order of taps, choices and late answers. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  isUseful,
  next,
  scene,
  START,
  wanted,
} from "../../../examples/browser/state.js";
import { fuzzRuns } from "../../fuzz_runs.ts";

// deno-lint-ignore no-explicit-any -- the page's own modules have no types
type Any = any;

/** An answer that records its run and photo. */
function answerOf(run: number, photo: number) {
  const classes = [0, 1].map((index) => ({
    label: `class ${index}`,
    index,
    probability: 1 / (index + 2),
  }));
  return { run, photo, classes };
}

function after(...events: Any[]): Any {
  return events.reduce(next, START);
}

const CHOOSE = { type: "choose" };
const READY = (run: number) => ({ type: "ready", run, machine: {} });
const TAKE = (count: number) => ({
  type: "take",
  files: Array.from({ length: count }, (_, i) => ({ name: `${i}.jpg` })),
});
const ANSWERED = (run: number, photo: number) => ({
  type: "answered",
  run,
  photo,
  answer: answerOf(run, photo),
});
const ASK = (index: number) => ({ type: "ask", index });
const EXPLAINED = (run: number, photo: number, index: number) => ({
  type: "explained",
  run,
  photo,
  index,
  drawing: { run, photo, index },
});

/**
 * An event of the given kind, for the current run or the one before, about a photo of
 * the state or an earlier one. So most events apply, and many come too late.
 */
function eventFor(
  state: Any,
  [kind, age, back, index]: readonly [string, number, number, number],
): Any {
  const run = state.run - Math.max(0, age - 1);
  const photo = state.nextId - 1 - back;
  switch (kind) {
    case "choose":
      return CHOOSE;
    case "ready":
      return READY(run);
    case "take":
      return TAKE(1 + back);
    case "answered":
      return ANSWERED(run, photo);
    case "explained":
      return EXPLAINED(run, photo, index);
    case "refused":
      return { type: kind, run, photo, problem: { run, photo } };
    case "ask":
      return ASK(index);
    case "open":
      return { type: kind, photo };
    case "seen":
      return { type: kind, run, answer: answerOf(run, -1), rate: 9 };
    default:
      return { type: kind };
  }
}

const anyEvent = fc.tuple(
  fc.constantFrom(
    ...["choose", "ready", "ready", "take", "refused", "open", "close"],
    ...["answered", "answered", "answered", "answered", "ask", "ask", "ask"],
    ...["explained", "explained", "explained", "explained"],
    ...["watch", "watching", "watching", "seen", "seen", "unwatched"],
  ),
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: 0, max: 1 }),
);

const LISTS = fc.array(anyEvent, { minLength: 60, maxLength: 90 });

Deno.test("whatever comes when, only the answer and the map of the photo that is shown are shown", () => {
  let answers = 0;
  let maps = 0;
  fc.assert(
    fc.property(LISTS, (events) => {
      let state: Any = START;
      for (const event of events) {
        state = next(state, eventFor(state, event));
        const it: Any = scene(state);
        if (it.answer) {
          answers++;
          assert.equal(it.answer.run, state.run);
          assert.equal(it.answer.photo, it.photo?.id ?? -1);
          assert.equal(it.mode, it.photo ? "one" : "live");
        }
        if (it.photo?.problem) assert.equal(it.problem.run, state.run);
        if (it.map) {
          maps++;
          const { run, photo, index } = it.map.drawing;
          assert.deepEqual(
            [run, photo, index],
            [state.run, it.photo.id, it.pressed],
          );
          assert.ok(it.answer.classes.some((it: Any) => it.index === index));
        }
        const job: Any = wanted(state);
        if (job) {
          assert.equal(job.run, state.run);
          assert.ok(isUseful(state, job));
          assert.equal(state.engine.phase, "ready");
        }
      }
    }),
    { numRuns: fuzzRuns(2000, 30_000) },
  );
  assert.ok(answers > 1000 && maps > 30, `${answers} answers, ${maps} maps`);
});

Deno.test("a tap on a class of the last photo doesn't keep the new photo's answer away", () => {
  const before = after(CHOOSE, READY(1), TAKE(1), ANSWERED(1, 1), TAKE(1));
  assert.equal(scene(before).answer, null);
  const tapped = next(before, ASK(0));
  assert.equal(scene(tapped).pressed, null);
  const { answer } = scene(next(tapped, ANSWERED(1, 2))) as Any;
  assert.equal(answer.photo, 2);
});

Deno.test("another choice clears answer and map, and what the old one says comes to nothing", () => {
  const map = [ASK(1), EXPLAINED(1, 1, 1)];
  const shown = after(CHOOSE, READY(1), TAKE(1), ANSWERED(1, 1), ...map);
  assert.equal((scene(shown).map as Any).index, 1);
  const changed = next(shown, CHOOSE);
  const late = [ASK(0), ANSWERED(1, 1), EXPLAINED(1, 1, 0)].reduce(
    next,
    changed,
  );
  for (const state of [changed, late]) {
    const { answer, map, pressed, photo } = scene(state) as Any;
    assert.deepEqual([answer, map, pressed], [null, null, null]);
    assert.equal(photo.id, 1);
    assert.equal(wanted(state), null);
  }
  assert.equal((wanted(next(late, READY(2))) as Any).photo, 1);
});

Deno.test("a second tap shows the photo again, and a tap on another class its map", () => {
  const start = [CHOOSE, READY(1), TAKE(1), ANSWERED(1, 1), ASK(1)];
  const asked = after(...start);
  assert.deepEqual(
    [(wanted(asked) as Any).kind, (wanted(asked) as Any).index],
    ["explain", 1],
  );
  assert.equal(next(asked, ASK(1)).map, null);
  const other = after(...start, EXPLAINED(1, 1, 1), ASK(0));
  assert.equal(scene(other).map, null); // Not the map of class 1.
  assert.equal(scene(other).pressed, 0);
  assert.equal(
    scene(next(other, EXPLAINED(1, 1, 1))).map,
    null,
  );
});

Deno.test("of several photos all are classified, the one that is opened first", () => {
  let state = after(CHOOSE, READY(1), TAKE(20));
  state = next(state, { type: "open", photo: 7 });
  const order = [];
  for (let job: Any; (job = wanted(state)); order.push(job.photo)) {
    state = next(state, ANSWERED(1, job.photo));
  }
  assert.equal(order[0], 7);
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.equal(scene(state).done, 20);
  assert.equal(scene(next(state, { type: "close" })).mode, "many");
});

Deno.test("photos end the camera, and the camera puts photos away", () => {
  const live = after(CHOOSE, READY(1), TAKE(2), { type: "watch" }, {
    type: "watching",
  });
  assert.equal(scene(live).mode, "live");
  assert.deepEqual(live.photos, []);
  const seen = next(live, { type: "seen", run: 1, answer: {}, rate: 3 });
  assert.ok(scene(seen).answer);
  const photo = next(seen, TAKE(1));
  assert.equal(scene(photo).mode, "one");
  assert.equal(scene(photo).answer, null);
  const late = next(photo, { type: "seen", run: 1, answer: {}, rate: 3 });
  assert.equal(scene(late).answer, null);
});

Deno.test("a photo that can't be read says so, and the others go on", () => {
  const state = after(CHOOSE, READY(1), TAKE(2), {
    type: "refused",
    run: 1,
    photo: 1,
    problem: { code: "corrupt-image" },
  });
  assert.equal(scene(state).problem, null); // The list shows it.
  assert.equal((wanted(state) as Any).photo, 2);
  const opened = next(state, { type: "open", photo: 1 });
  assert.deepEqual(scene(opened).problem, { code: "corrupt-image" });
});

Deno.test("an event that the state doesn't know is an error", () => {
  assert.throws(() => next(START, { type: "no such" }), /unknown event/);
});
