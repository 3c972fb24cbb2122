/**
 * A model of `src/backends/simd/kernels/run_threads.ts`, with the parts of `slots.ts`
 * and `worker.ts` around it: images run one after the other on a caller's thread and on
 * helpers. Each access to shared memory is a step; the names of steps follow the
 * source. Change both together.
 */
import type { Model } from "./explore.ts";

/** The parameters of the model. */
export interface Setting {
  readonly helpers: number;
  /** The tasks of each level. */
  readonly tasks: readonly number[];
  /** The number of levels that each image runs. */
  readonly images: readonly number[];
  /** The maximum number of failing tasks. */
  readonly failures?: number;
  /** The maximum number of helpers that stop for good, at any point. */
  readonly deaths?: number;
  /** The maximum number of timeouts although nothing is wrong. */
  readonly timeouts?: number;
  /** A deliberate fault, to check that it is detected. */
  readonly fault?: Fault;
}

/** Deliberate faults. */
export type Fault =
  /** The image is written before the threads of the one before have ended. */
  | "early image"
  /** A run is abandoned without a change to what sleepers compare. */
  | "sleepers sleep on"
  /** New helpers start while an old one may still work. */
  | "shared with the late"
  /** A claim doesn't name its run. */
  | "claims without a run";

/** The program counter of a thread. */
const enum At {
  // Steps of helpers.
  ServeLoad,
  ServeEpoch,
  ServeWait,
  ServeSleep,
  Ended,
  Dead,
  // Steps of all threads.
  Work,
  ClaimLoad,
  ClaimSwap,
  InTask,
  Count,
  LoadSleeping,
  NotifyDone,
  Look,
  SleepAdd,
  SleepLoad,
  SleepLoadRun,
  SleepWait,
  Sleep,
  SleepSub,
  LookAgain,
  AbandonDone,
  AbandonNotify,
  // Steps of the caller.
  Ready,
  Image,
  RunDone,
  RunNext,
  RunGeneration,
  RunNotify,
  StopEpoch,
  StopGeneration,
  StopNotify,
  Closed,
}

/** The layout of the start of a state. */
const enum Of {
  Generation,
  Epoch,
  Levels,
  FailuresLeft,
  DeathsLeft,
  TimeoutsLeft,
  /** The number of images begun so far. */
  Images,
  /** Whether helpers were told to end and no new ones have started. */
  Restarting,
  Length,
}

/** The layout of each level in a state. */
const enum Level {
  NextRun,
  NextTask,
  Done,
  Abandoned,
  Sleeping,
  /** Only for checks: a bit for each task that was begun, or ended. */
  Begun,
  Finished,
  Length,
}

/** The layout of each thread in a state. The caller is the first thread. */
const enum Thread {
  At,
  Epoch,
  Generation,
  Levels,
  Level,
  Task,
  /** The remembered value of `done`, and a {@linkcode Reason} to leave the level. */
  Before,
  Reason,
  Length,
}

/** Why a thread leaves an unfinished level. */
const enum Reason {
  None,
  /** No progress while it slept. */
  Patience,
  /** Its run is over. */
  Over,
}

/** Added to the remembered `done` when the level is abandoned. */
const ABANDONED = 64;

/** @throws {Error} From the model, if an invariant is violated. */
export function threadsModel(setting: Setting): Model {
  const { tasks, images, helpers, fault } = setting;
  const threadsAt = Of.Length + tasks.length * Level.Length;
  const levelAt = (level: number) => Of.Length + level * Level.Length;
  const threadAt = (thread: number) => threadsAt + thread * Thread.Length;
  const threads = Array.from({ length: helpers + 1 }, (_, i) => threadAt(i));
  const [caller, ...workers] = threads as [number, ...number[]];
  const initial = new Array<number>(threadAt(threads.length)).fill(0);
  initial[Of.FailuresLeft] = setting.failures ?? 0;
  initial[Of.DeathsLeft] = setting.deaths ?? 0;
  initial[Of.TimeoutsLeft] = setting.timeouts ?? 0;
  initial[caller + Thread.At] = At.Ready;

  /** The value that sleepers of a level compare. */
  const doneOf = (s: readonly number[], level: number) => {
    const l = levelAt(level);
    return s[l + Level.Done]! + (s[l + Level.Abandoned] ? ABANDONED : 0);
  };

  const wake = (s: number[], at: At, level: number | null) => {
    for (const t of threads) {
      if (s[t + Thread.At] !== at) continue;
      if (level !== null && s[t + Thread.Level] !== level) continue;
      s[t + Thread.At] = at === At.Sleep ? At.SleepSub : At.ServeLoad;
    }
  };

  const nobodyInTask = (s: readonly number[], when: string) => {
    for (const t of threads) {
      const at = s[t + Thread.At];
      const dead = at === At.Dead && s[t + Thread.Before] === 1;
      if (at === At.InTask || dead) {
        throw new Error(`A thread is in a task while ${when}`);
      }
    }
  };

  const beginTask = (s: number[], t: number) => {
    const level = s[t + Thread.Level]!;
    if (s[t + Thread.Generation] !== s[caller + Thread.Generation]) {
      throw new Error("A task of another run is begun");
    }
    const bit = 1 << s[t + Thread.Task]!;
    const l = levelAt(level);
    if (s[l + Level.Begun]! & bit) throw new Error("A task is begun twice");
    s[l + Level.Begun]! |= bit;
    for (let before = 0; before < level; before++) {
      const all = (1 << tasks[before]!) - 1;
      if (s[levelAt(before) + Level.Finished] !== all) {
        throw new Error("A task is begun before its level");
      }
    }
  };

  const assertAllDone = (s: readonly number[]) => {
    nobodyInTask(s, "the answer is read");
    for (let level = 0; level < images[s[Of.Images]! - 1]!; level++) {
      if (s[levelAt(level) + Level.Finished] !== (1 << tasks[level]!) - 1) {
        throw new Error("The answer is read before all tasks are done");
      }
    }
  };

  /** The next step of a thread that has left the last level, or can't continue. */
  const leave = (s: number[], t: number, whole: boolean) => {
    if (t !== caller) s[t + Thread.At] = At.ServeLoad;
    else if (!whole) s[t + Thread.At] = At.StopEpoch;
    else {
      assertAllDone(s);
      s[t + Thread.At] = At.Ready;
    }
  };

  /** Leaves a level that is done or abandoned; else goes to `otherwise`. */
  const look = (s: number[], t: number, otherwise: () => void) => {
    const level = s[t + Thread.Level]!;
    const done = doneOf(s, level);
    if (done < tasks[level]!) otherwise();
    else if (done >= ABANDONED) leave(s, t, false);
    else if (level + 1 === s[t + Thread.Levels]) leave(s, t, true);
    else {
      s[t + Thread.Level]!++;
      s[t + Thread.At] = At.ClaimLoad;
    }
  };

  const abandoned = (s: number[], t: number) => {
    if (++s[t + Thread.Level]! < s[Of.Levels]!) {
      s[t + Thread.At] = At.AbandonDone;
    } else if (t !== caller) s[t + Thread.At] = At.Ended;
    else if (s[Of.Images] === images.length) {
      s[t + Thread.At] = At.Closed;
    } else {
      s[Of.Restarting] = 1;
      s[t + Thread.At] = At.Ready;
    }
  };

  /** A thread's step, in its own copy of the state. */
  const step = (s: number[], t: number): boolean => {
    const level = s[t + Thread.Level]!;
    const l = levelAt(level);
    const go = (at: At) => {
      s[t + Thread.At] = at;
      return true;
    };
    switch (s[t + Thread.At]) {
      case At.ServeLoad:
        s[t + Thread.Before] = s[Of.Generation]!;
        return go(At.ServeEpoch);
      case At.ServeEpoch:
        if (s[Of.Epoch] !== s[t + Thread.Epoch]) return go(At.Ended);
        if (s[t + Thread.Before] === s[t + Thread.Generation]) {
          return go(At.ServeWait);
        }
        s[t + Thread.Generation] = s[t + Thread.Before]!;
        return go(At.Work);
      case At.ServeWait:
        return go(
          s[Of.Generation] === s[t + Thread.Before]
            ? At.ServeSleep
            : At.ServeLoad,
        );
      case At.Work:
        s[t + Thread.Levels] = s[Of.Levels]!;
        s[t + Thread.Level] = 0;
        if (s[Of.Levels] === 0) leave(s, t, true);
        else go(At.ClaimLoad);
        return true;
      case At.ClaimLoad: {
        const run = s[l + Level.NextRun]!;
        const mine = run === s[t + Thread.Generation] ||
          fault === "claims without a run";
        if (!mine || s[l + Level.NextTask]! >= tasks[level]!) {
          return go(At.Look);
        }
        s[t + Thread.Task] = s[l + Level.NextTask]!;
        s[t + Thread.Before] = run;
        return go(At.ClaimSwap);
      }
      case At.ClaimSwap:
        if (
          s[l + Level.NextRun] !== s[t + Thread.Before] ||
          s[l + Level.NextTask] !== s[t + Thread.Task]
        ) return go(At.ClaimLoad);
        s[l + Level.NextTask]!++;
        beginTask(s, t);
        return go(At.InTask);
      case At.InTask:
        s[l + Level.Finished]! |= 1 << s[t + Thread.Task]!;
        return go(At.Count);
      case At.Count: {
        const all = ++s[l + Level.Done]! === tasks[level]!;
        return go(
          all && !s[l + Level.Abandoned] ? At.LoadSleeping : At.ClaimLoad,
        );
      }
      case At.LoadSleeping:
        return go(s[l + Level.Sleeping] ? At.NotifyDone : At.ClaimLoad);
      case At.NotifyDone:
        wake(s, At.Sleep, level);
        return go(At.ClaimLoad);
      case At.Look:
        look(s, t, () => go(At.SleepAdd));
        return true;
      case At.SleepAdd:
        s[l + Level.Sleeping]!++;
        return go(At.SleepLoad);
      case At.SleepLoad:
        s[t + Thread.Before] = doneOf(s, level);
        return go(At.SleepLoadRun);
      case At.SleepLoadRun: {
        const over = s[Of.Generation] !== s[t + Thread.Generation];
        s[t + Thread.Reason] = over ? Reason.Over : Reason.None;
        const sleeps = !over && s[t + Thread.Before]! < tasks[level]!;
        return go(sleeps ? At.SleepWait : At.SleepSub);
      }
      case At.SleepWait:
        return go(
          doneOf(s, level) === s[t + Thread.Before] ? At.Sleep : At.SleepSub,
        );
      case At.SleepSub:
        s[l + Level.Sleeping]!--;
        return go(At.LookAgain);
      case At.LookAgain: {
        const same = doneOf(s, level) === s[t + Thread.Before];
        const reason = s[t + Thread.Reason];
        look(s, t, () => {
          if (reason === Reason.Over) leave(s, t, false);
          else if (reason === Reason.Patience && same) leave(s, t, false);
          else go(At.SleepAdd);
        });
        return true;
      }
      case At.AbandonDone:
        if (fault !== "sleepers sleep on") s[l + Level.Abandoned] = 1;
        return go(At.AbandonNotify);
      case At.AbandonNotify:
        wake(s, At.Sleep, level);
        abandoned(s, t);
        return true;
      case At.Ready: {
        if (s[Of.Images] === images.length) return go(At.StopEpoch);
        if (!s[Of.Restarting]) return go(At.Image);
        const late = workers.some((h) => s[h + Thread.At] !== At.Ended);
        if (late && fault === "early image") {
          nobodyInTask(s, "the next image is written");
        }
        if (late && fault !== "shared with the late") return false;
        s[Of.Restarting] = 0;
        for (const h of workers) {
          if (s[h + Thread.At] !== At.Ended) continue;
          s.fill(0, h, h + Thread.Length);
          s[h + Thread.Epoch] = s[Of.Epoch]!;
        }
        return go(At.Image);
      }
      case At.Image:
        nobodyInTask(s, "the next image is written");
        s[t + Thread.Levels] = images[s[Of.Images]!]!;
        s[Of.Images]!++;
        s[Of.Levels] = s[t + Thread.Levels]!;
        s[t + Thread.Generation] = s[Of.Generation]! + 1;
        s[t + Thread.Level] = 0;
        return go(At.RunDone);
      case At.RunDone:
        s[l + Level.Done] = s[l + Level.Abandoned] = 0;
        s[l + Level.Begun] = s[l + Level.Finished] = 0;
        return go(At.RunNext);
      case At.RunNext:
        s[l + Level.NextRun] = s[t + Thread.Generation]!;
        s[l + Level.NextTask] = 0;
        s[t + Thread.Level]!++;
        return go(
          level + 1 < s[Of.Levels]! ? At.RunDone : At.RunGeneration,
        );
      case At.RunGeneration:
        s[Of.Generation] = s[t + Thread.Generation]!;
        return go(At.RunNotify);
      case At.RunNotify:
        wake(s, At.ServeSleep, null);
        return go(At.Work);
      case At.StopEpoch:
        s[Of.Epoch]!++;
        return go(At.StopGeneration);
      case At.StopGeneration:
        s[Of.Generation]!++;
        return go(At.StopNotify);
      case At.StopNotify:
        wake(s, At.ServeSleep, null);
        s[t + Thread.Level] = 0;
        return go(At.AbandonDone);
      default:
        return false;
    }
  };

  /** Accidents that may happen to a thread instead of its next step. */
  const accidents = (state: readonly number[], t: number): number[][] => {
    const found = [];
    const at = state[t + Thread.At];
    if (at === At.InTask && state[Of.FailuresLeft]! > 0) {
      const s = [...state];
      s[Of.FailuresLeft]!--;
      // A failure of the caller stops the program, one of a helper abandons the run.
      s[t + Thread.At] = t === caller ? At.StopEpoch : At.AbandonDone;
      if (t !== caller) s[t + Thread.Level] = 0;
      found.push(s);
    }
    if (at === At.Sleep && state[Of.TimeoutsLeft]! > 0) {
      const s = wakeLate(state, t);
      s[Of.TimeoutsLeft]!--;
      found.push(s);
    }
    const alive = at !== At.Ended && at !== At.Dead;
    if (t !== caller && alive && state[Of.DeathsLeft]! > 0) {
      const s = [...state];
      s[Of.DeathsLeft]!--;
      s[t + Thread.Before] = at === At.InTask ? 1 : 0;
      s[t + Thread.At] = At.Dead;
      found.push(s);
    }
    return found;
  };

  const wakeLate = (state: readonly number[], t: number) => {
    const s = [...state];
    s[t + Thread.Reason] = Reason.Patience;
    s[t + Thread.At] = At.SleepSub;
    return s;
  };

  return {
    initial,
    next(state) {
      const found = [];
      for (const t of threads) {
        const s = [...state];
        if (step(s, t)) found.push(s);
        found.push(...accidents(state, t));
      }
      return found;
    },
    lastResort(state) {
      // Without a dead thread, nobody may depend on a timeout.
      const died = state[Of.DeathsLeft]! < (setting.deaths ?? 0);
      return died
        ? threads.filter((t) => state[t + Thread.At] === At.Sleep)
          .map((t) => wakeLate(state, t))
        : [];
    },
    end(state) {
      const at = state[caller + Thread.At];
      const ats = workers.map((t) => state[t + Thread.At]!);
      // A dead thread is waited for: its memory isn't reused.
      const refused = at === At.Ready && state[Of.Restarting] === 1;
      if (at !== At.Closed && !(refused && ats.includes(At.Dead))) {
        throw new Error("The caller waits for ever");
      }
      if (
        at === At.Closed && ats.some((at) => at !== At.Ended && at !== At.Dead)
      ) {
        throw new Error("A helper never ends");
      }
    },
  };
}
