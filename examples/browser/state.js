/**
 * What the page knows, as one value that events change: photos, the answer to each, and
 * the map that is shown. It is pure, so that no order of taps and late answers can put
 * an answer beside another photo: an answer counts only for the photo and the run that
 * it names. A run is one classifier: another model, size or backend is another run.
 *
 * @module
 */

/** Before the first classifier is started. */
export const START = {
  /** Counts the classifiers that were chosen. */
  run: 0,
  /** `{ phase: "loading", done?, total? }`, `{ phase: "ready", machine }` or
   * `{ phase: "failed", problem }`. */
  engine: { phase: "loading" },
  /** `{ id, file, answer?, problem? }` in the order in which they came. */
  photos: [],
  /** The id of the photo that is shown by itself, if any. */
  open: null,
  /** `{ photo, index, drawing?, problem? }`: the class whose place is asked for. */
  map: null,
  /** The camera: `{ phase: "asking" or "on", answer?, rate? }`. */
  live: null,
  /** Of a picture that couldn't be taken at all: `{ code, message }`. */
  problem: null,
  nextId: 1,
};

/** The state after an event. An event that came too late changes nothing. */
export function next(state, event) {
  const change = CHANGES[event.type];
  if (change === undefined) throw new Error(`unknown event ${event.type}`);
  if ("run" in event && event.run !== state.run) return state;
  return { ...state, ...change(state, event) };
}

const CHANGES = {
  /** Another classifier is started: nothing that an earlier one said is left. */
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

  /** A class of the open photo's answer is tapped: its map, or the photo again. */
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

/** Nothing to look at. */
const EMPTY = { photos: [], open: null, map: null, live: null, problem: null };

/** The first result of a photo counts. */
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

/** What the classifier should do now, if anything. */
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

/** Whether the result of a job would still be of use. */
export function isUseful({ run, photos, map }, job) {
  return job.run === run && photos.some(({ id }) => id === job.photo) &&
    (job.kind === "classify" || isOf(map, job));
}

/**
 * What is to be seen: the photo that is open, its answer, and the map of its answer.
 * All three are of one photo and of the classifier that is chosen.
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
    /** The index of the class that was tapped, whose map may not be there yet. */
    pressed: map && !map.problem ? map.index : null,
    problem: problems.find(Boolean) || null,
    done: photos.filter((it) => it.answer || it.problem).length,
  };
}
