/**
 * The page's state, as one value that events change: photos, the answer to each, and
 * the map on display. Changes are pure functions, so that no order of taps and late
 * answers can attach an answer to the wrong photo: an answer counts only for the photo
 * and the run that it names. A run is one classifier: changing the model, size or
 * backend starts a new run.
 *
 * @module
 */

/** The state before the first classifier starts. */
export const START = {
  /** Number of classifiers selected so far. */
  run: 0,
  /** `{ phase: "loading", done?, total? }`, `{ phase: "ready", machine }` or
   * `{ phase: "failed", problem }`. */
  engine: { phase: "loading" },
  /** `{ id, file, answer?, problem? }` in order of arrival. */
  photos: [],
  /** The id of the photo on display, if any. */
  open: null,
  /** `{ photo, index, drawing?, problem? }`: the class whose map was requested. */
  map: null,
  /** The camera: `{ phase: "asking" or "on", answer?, rate? }`. */
  live: null,
  /** The problem of a picture that couldn't be taken in: `{ code, message }`. */
  problem: null,
  nextId: 1,
};

/** The state after an event. A late event changes nothing. */
export function next(state, event) {
  const change = CHANGES[event.type];
  if (change === undefined) throw new Error(`unknown event ${event.type}`);
  if ("run" in event && event.run !== state.run) return state;
  return { ...state, ...change(state, event) };
}

const CHANGES = {
  /** Another classifier starts: all results of the one before are dropped. */
  choose: (state) => ({
    run: state.run + 1,
    engine: { phase: "loading" },
    photos: state.photos.map(({ id, file }) => ({ id, file })),
    map: null,
    live: state.live && { phase: state.live.phase },
  }),
  progress: ({ engine }, { done, total, isElsewhere }) =>
    engine.phase === "loading" &&
    { engine: { phase: "loading", done, total, isElsewhere } },
  ready: (_, { machine }) => ({ engine: { phase: "ready", machine } }),
  broken: (_, { problem }) => ({ engine: { phase: "failed", problem } }),

  take({ nextId }, { files }) {
    const photos = files.map((file, i) => ({ id: nextId + i, file }));
    return {
      ...EMPTY,
      photos,
      open: photos.length === 1 ? nextId : null,
      nextId: nextId + photos.length,
    };
  },
  open: (state, { photo }) =>
    state.photos.some(({ id }) => id === photo) && { open: photo, map: null },
  close: ({ photos }) => photos.length > 1 && { open: null, map: null },
  mistake: (_, { problem }) => ({ problem }),

  answered: (state, { photo, answer }) => withPhoto(state, photo, { answer }),
  refused: (state, { photo, problem }) => withPhoto(state, photo, { problem }),

  /** A class of the open photo's answer was tapped: toggles its map. */
  ask({ map, photos, open }, { index }) {
    const answer = photos.find(({ id }) => id === open)?.answer;
    if (!answer?.classes.some((it) => it.index === index)) return {};
    const isShown = map?.index === index;
    return { map: isShown ? null : { photo: open, index } };
  },
  explained: (state, { drawing, ...asked }) => withMap(state, asked, drawing),
  unexplained: ({ map }, { photo, index, problem }) =>
    isOf(map, { photo, index }) && { map: { photo, index, problem } },

  watch: () => ({ ...EMPTY, live: { phase: "asking" } }),
  watching: ({ live }) => live && { live: { ...live, phase: "on" } },
  seen: ({ live }, { answer, rate }) =>
    live?.phase === "on" && { live: { phase: "on", answer, rate } },
  unwatched: (_, { problem }) => ({
    live: null,
    ...problem && { problem },
  }),
};

/** Nothing on display. */
const EMPTY = { photos: [], open: null, map: null, live: null, problem: null };

/** Only the first result of a photo counts. */
function withPhoto({ photos }, photo, result) {
  return {
    photos: photos.map((it) =>
      it.id === photo && !it.answer && !it.problem ? { ...it, ...result } : it
    ),
  };
}

function withMap({ map }, { photo, index }, drawing) {
  return isOf(map, { photo, index }) && { map: { photo, index, drawing } };
}

function isOf(map, { photo, index }) {
  return map !== null && map.photo === photo && map.index === index;
}

/** The classifier's next job, if any. */
export function wanted({ run, engine, photos, open, map }) {
  if (engine.phase !== "ready") return null;
  if (map && !map.drawing && !map.problem) {
    const { file } = photos.find(({ id }) => id === map.photo);
    return { kind: "explain", run, photo: map.photo, index: map.index, file };
  }
  const waiting = photos.filter((it) => !it.answer && !it.problem);
  const first = waiting.find(({ id }) => id === open) ?? waiting[0];
  return first
    ? { kind: "classify", run, photo: first.id, file: first.file }
    : null;
}

/** Whether the result of a job is still needed. */
export function isUseful({ run, photos, map }, job) {
  return job.run === run && photos.some(({ id }) => id === job.photo) &&
    (job.kind === "classify" || isOf(map, job));
}

/**
 * The content on display: the open photo, its answer, and the map of its answer. All
 * three belong to the same photo and to the selected classifier.
 */
export function scene({ engine, photos, open, map, live, problem }) {
  const photo = photos.find(({ id }) => id === open) ?? null;
  const drawn = map?.drawing ? map : null;
  const problems = [
    problem,
    photo?.problem,
    map?.problem,
    engine.phase === "failed" && engine.problem,
  ];
  return {
    mode: live ? "live" : photo ? "one" : photos.length > 0 ? "many" : "empty",
    photo,
    answer: live ? live.answer ?? null : photo?.answer ?? null,
    map: drawn,
    /** The index of the tapped class, whose map may not be ready yet. */
    pressed: map && !map.problem ? map.index : null,
    problem: problems.find(Boolean) || null,
    done: photos.filter((it) => it.answer || it.problem).length,
  };
}
