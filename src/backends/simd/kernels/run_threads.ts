/**
 * Runs a program on several threads. They take the tasks of a level one by one.
 *
 * Nobody waits for a thread, only for tasks: one that starts late, sleeps or died
 * between two tasks holds up nobody. A claim names the run that it is for, so
 * that a thread which slept through the end of a run can't take a task of the
 * next.
 */
import { Level, levelOf, Program, runTask } from "./program";

/** How often a thread looks whether a level is done before it sleeps. */
const SPINS: u32 = 20000; // About 30 µs.

/** How long a task may take before the thread that took it counts as dead. */
const PATIENCE: i64 = 3_000_000_000; // In ns.

/**
 * Runs the first `levels` levels, alone or with the threads that
 * {@linkcode serve}.
 *
 * @param scratch This thread's own.
 * @returns Whether all tasks were done; if not, a thread died.
 */
export function run(program: Program, levels: usize, scratch: usize): bool {
  const generation = program.generation + 1;
  program.failed = 0;
  program.levels = levels;
  for (let i: usize = 0; i < levels; i++) {
    const level = levelOf(program, i);
    level.done = 0;
    atomic.store<u64>(addressOf(level), <u64> generation << 32);
  }
  atomic.store<u32>(addressOf(program), generation);
  atomic.notify(addressOf(program), -1);
  return work(program, generation, scratch);
}

/** Helps whoever runs `program`, as long as its epoch is `epoch`. */
export function serve(program: Program, scratch: usize, epoch: u32): void {
  let generation: u32 = 0;
  while (true) {
    const current = atomic.load<u32>(addressOf(program));
    const now = atomic.load<u32>(addressOf(program), offsetof<Program>("epoch"));
    if (now != epoch) return;
    if (current != generation) {
      generation = current;
      work(program, generation, scratch);
    } else {
      atomic.wait<i32>(addressOf(program), current, -1);
    }
  }
}

/** Ends the program's epoch: all threads that serve it return. */
export function stop(program: Program): void {
  atomic.add<u32>(addressOf(program), 1, offsetof<Program>("epoch"));
  atomic.add<u32>(addressOf(program), 1);
  wakeAll(program);
}

/** Tells all that run `program` that a task won't be done. */
export function fail(program: Program): void {
  atomic.store<u32>(addressOf(program), 1, offsetof<Program>("failed"));
  wakeAll(program);
}

/** Wakes those that wait for a run, and those that wait for the end of a level. */
function wakeAll(program: Program): void {
  atomic.notify(addressOf(program), -1);
  for (let i: usize = 0; i < program.levels; i++) {
    atomic.notify(addressOf(levelOf(program, i)) + offsetof<Level>("done"), -1);
  }
}

/** Takes tasks of a run as long as there are any; false when it can't end. */
function work(program: Program, generation: u32, scratch: usize): bool {
  const levels = program.levels;
  for (let i: usize = 0; i < levels; i++) {
    const level = levelOf(program, i);
    for (let task = 0; (task = claim(level, generation)) >= 0;) {
      runTask(level, task, scratch);
      const done = addressOf(level) + offsetof<Level>("done");
      if (atomic.add<u32>(done, 1) + 1 == level.tasks) {
        if (atomic.load<u32>(done, 4)) atomic.notify(done, -1);
      }
    }
    if (!waitFor(level, program, generation)) return false;
  }
  return true;
}

/** The next task of a level, or -1 when there is none for this run. */
function claim(level: Level, generation: u32): i32 {
  while (true) {
    const next = atomic.load<u64>(addressOf(level));
    if (<u32> (next >> 32) != generation || <u32> next >= level.tasks) return -1;
    if (atomic.cmpxchg<u64>(addressOf(level), next, next + 1) == next) {
      return <i32> next;
    }
  }
}

/** Waits until a level is done; false when it won't be. */
function waitFor(level: Level, program: Program, generation: u32): bool {
  const done = addressOf(level) + offsetof<Level>("done");
  for (let spin: u32 = 0; spin < SPINS; spin++) {
    if (atomic.load<u32>(done) >= level.tasks) return true;
  }
  while (true) {
    atomic.add<u32>(done, 1, 4); // sleeping
    const count = atomic.load<u32>(done);
    let outcome = 0;
    if (count < level.tasks) {
      outcome = atomic.wait<i32>(done, count, PATIENCE);
    }
    atomic.sub<u32>(done, 1, 4);
    if (atomic.load<u32>(done) >= level.tasks) return true;
    if (atomic.load<u32>(addressOf(program)) != generation) return false;
    if (atomic.load<u32>(addressOf(program), offsetof<Program>("failed"))) {
      return false;
    }
    if (outcome == 2 && atomic.load<u32>(done) == count) return false;
  }
}

// @ts-ignore: decorator
@inline
function addressOf<T>(record: T): usize {
  return changetype<usize>(record);
}
