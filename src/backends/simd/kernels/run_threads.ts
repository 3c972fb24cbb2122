/**
 * Runs a program on several threads, which take the tasks of a level one by one.
 *
 * Threads wait for tasks, not for threads: one that starts late, sleeps, or died between
 * two tasks delays no other. A claim has the number of its run, so that a thread that
 * slept through the end of a run can't take a task of the next.
 *
 * A run that can't be finished is abandoned: threads that wait for one of its levels
 * stop waiting. Only then may a thread still be in a task of a run that is over.
 * `../slots.ts` waits for its end before it writes anything of the next image.
 *
 * `tests/backends/simd/threads_model.ts` is a model of this file, whose interleavings
 * are all explored. Change both together.
 */
import { Level, levelOf, Program, runTask } from "./program";

/** Number of times that a thread checks whether a level is done before it sleeps. */
const SPINS: u32 = 20000; // About 30 µs.

/** Time of a task in ns, after which its thread counts as dead. */
const PATIENCE: i64 = 3_000_000_000;

/** Result of `atomic.wait` after a timeout. */
const TIMED_OUT: i32 = 2;

/** Set in `Level.done` of a run that won't be finished. */
const ABANDONED: u32 = 1 << 31;

/**
 * Runs the first `levels` levels, alone or with the threads that
 * {@linkcode serve}. No thread may still be in a task of an abandoned run.
 *
 * @param scratch The thread's own memory.
 * @returns Whether all tasks were done; if not, a thread failed or died.
 */
export function run(program: Program, levels: usize, scratch: usize): bool {
  const generation = program.generation + 1;
  program.levels = levels;
  for (let i: usize = 0; i < levels; i++) {
    const level = levelOf(program, i);
    atomic.store<u32>(doneOf(level), 0);
    atomic.store<u64>(addressOf(level), <u64> generation << 32);
  }
  atomic.store<u32>(addressOf(program), generation);
  atomic.notify(addressOf(program), -1);
  return work(program, generation, scratch);
}

/** Helps the thread that runs `program` while its epoch is `epoch`. */
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

/**
 * Ends the epoch of a program: all threads that serve it return, at the latest at the
 * end of their level.
 */
export function stop(program: Program): void {
  atomic.add<u32>(addressOf(program), 1, offsetof<Program>("epoch"));
  atomic.add<u32>(addressOf(program), 1);
  atomic.notify(addressOf(program), -1);
  abandon(program);
}

/** Ends the current run for all threads, as one of its tasks won't be done. */
export function abandon(program: Program): void {
  for (let i: usize = 0; i < program.levels; i++) {
    const level = levelOf(program, i);
    atomic.or<u32>(doneOf(level), ABANDONED);
    atomic.notify(doneOf(level), -1);
  }
}

/** Takes tasks of a run while there are any; false if it can't be finished. */
function work(program: Program, generation: u32, scratch: usize): bool {
  const levels = program.levels;
  for (let i: usize = 0; i < levels; i++) {
    const level = levelOf(program, i);
    for (let task = 0; (task = claim(level, generation)) >= 0;) {
      runTask(level, task, scratch);
      if (atomic.add<u32>(doneOf(level), 1) + 1 == level.tasks) {
        if (atomic.load<u32>(sleepingOf(level))) {
          atomic.notify(doneOf(level), -1);
        }
      }
    }
    if (!waitFor(level, program, generation)) return false;
  }
  return true;
}

/** Takes the next task of a level; -1 if there is none for this run. */
function claim(level: Level, generation: u32): i32 {
  while (true) {
    const next = atomic.load<u64>(addressOf(level));
    if (<u32> (next >> 32) != generation || <u32> next >= level.tasks) return -1;
    if (atomic.cmpxchg<u64>(addressOf(level), next, next + 1) == next) {
      return <i32> next;
    }
  }
}

/** Waits until a level is done; false if it won't be. */
function waitFor(level: Level, program: Program, generation: u32): bool {
  for (let spin: u32 = 0; spin < SPINS; spin++) {
    const done = atomic.load<u32>(doneOf(level));
    if (done >= level.tasks) return done < ABANDONED;
  }
  while (true) {
    let outcome: i32 = 0;
    atomic.add<u32>(sleepingOf(level), 1);
    const before = atomic.load<u32>(doneOf(level));
    // In this order: `before` may be of a run that has begun since.
    const current = atomic.load<u32>(addressOf(program));
    if (before < level.tasks && current == generation) {
      outcome = atomic.wait<i32>(doneOf(level), before, PATIENCE);
    }
    atomic.sub<u32>(sleepingOf(level), 1);
    const done = atomic.load<u32>(doneOf(level));
    if (done >= level.tasks) return done < ABANDONED;
    if (current != generation) return false;
    if (outcome == TIMED_OUT && done == before) return false;
  }
}

// @ts-ignore: decorator
@inline
function doneOf(level: Level): usize {
  return addressOf(level) + offsetof<Level>("done");
}

// @ts-ignore: decorator
@inline
function sleepingOf(level: Level): usize {
  return addressOf(level) + offsetof<Level>("sleeping");
}

// @ts-ignore: decorator
@inline
function addressOf<T>(record: T): usize {
  return changetype<usize>(record);
}
