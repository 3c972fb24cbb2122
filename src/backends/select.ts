import { BackendUnavailableError, MemoryLimitError } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { Network } from "../model/network.ts";
import type { Availability, Backend, Reservation, Session } from "./backend.ts";
import { type BackendRequest, matchingBackends } from "./backend_request.ts";
import {
  backendName,
  type BackendReport,
  refusalOf,
  reportOn,
} from "./check_backend.ts";

/** A network that is open in the first backend that can run it. */
export interface OpenedNetwork {
  readonly session: Session;
  readonly report: BackendReport;
  /** Reports on the backends that were tried before. */
  readonly skippedBackends: readonly BackendReport[];
}

/**
 * The choice of a backend for one load. Each backend is probed at most once. The disposal
 * frees the reservation, unless it was opened.
 *
 * All methods throw:
 * - `MemoryLimitError` when all backends that run here need more than the limit;
 * - `BackendUnavailableError` when none runs here; the text has each one's reason.
 */
export interface Selection extends Disposable {
  /**
   * Checks that a backend runs here, whatever the model, so that a model isn't downloaded
   * in vain. Where int8 on wasm is a candidate, nothing is checked: it runs nearly
   * everywhere, and its probe takes longer than reading a small file.
   */
  assertAny(): Promise<void>;
  /**
   * Reserves `graph` in the first backend that fits, and returns memory for the data of
   * a Totem file. A second call, for a file that is read again, frees the first
   * reservation.
   */
  allocate(graph: Graph, byteLength: number): Promise<Uint8Array>;
  /**
   * Opens a network in the backend that was reserved for `graph`, or the next one that
   * can run it.
   */
  open(network: Network, graph: Graph): Promise<OpenedNetwork>;
}

/**
 * Starts the choice among `backends`, in order. The first candidate is probed at once,
 * while the model is loading.
 *
 * @throws As {@linkcode matchingBackends}.
 */
export function startSelection(
  request: BackendRequest,
  backends: readonly Backend[],
): Selection {
  const candidates = matchingBackends(request, backends);
  const probes = new Map<Backend, Promise<Availability>>();
  const probe = (backend: Backend) => {
    const probing = probes.get(backend) ??
      backend.probe(request.backend === backend.device);
    probes.set(backend, probing);
    return probing;
  };
  probe(candidates[0]!).catch(() => {}); // The error is thrown when this backend's turn comes.

  let graph: Graph | undefined;
  let skipped: BackendReport[] = [];
  let reserved: { report: BackendReport; reservation: Reservation } | undefined;
  const free = () => {
    reserved?.reservation[Symbol.dispose]();
    reserved = undefined;
  };
  const restart = (next: Graph) => {
    free();
    graph = next;
    skipped = [];
  };

  /**
   * Calls `use` with the current candidate, then with the next ones until one succeeds.
   */
  async function attempt<T>(
    graph: Graph,
    use: (it: NonNullable<typeof reserved>) => Promise<T>,
  ): Promise<T> {
    for (const backend of candidates.slice(skipped.length)) {
      if (reserved === undefined) {
        const report = await reportOn(backend, graph, request, probe(backend));
        if (report.refusal !== null) {
          skipped.push(report);
          continue;
        }
        reserved = { report, reservation: backend.reserve(graph) };
      }
      const { report } = reserved;
      try {
        return await use(reserved);
      } catch (error) {
        free();
        if (!(error instanceof BackendUnavailableError)) throw error;
        skipped.push({ ...report, refusal: error.message });
      }
    }
    throw noBackend(skipped, request);
  }

  return {
    async assertAny() {
      const isInt8 = (it: Backend) =>
        it.device === "wasm" && it.precision === "int8";
      if (candidates.some(isInt8)) return;
      const refused: BackendReport[] = [];
      for (const backend of candidates) {
        const availability = await probe(backend);
        const refusal = refusalOf(availability, 0, request);
        if (refusal === null) return;
        refused.push({ backend, availability, memory: 0, refusal });
      }
      throw noBackend(refused, request);
    },
    async allocate(next, byteLength) {
      restart(next);
      return await attempt(
        next,
        async ({ reservation }) =>
          await reservation.allocate?.(byteLength) ??
            new Uint8Array(byteLength),
      );
    },
    async open(network, next) {
      if (next !== graph) restart(next);
      return await attempt(next, async ({ report, reservation }) => ({
        session: await reservation.open(network),
        report,
        skippedBackends: skipped,
      }));
    },
    [Symbol.dispose]: free,
  };
}

/**
 * Why no backend can run the network: the memory limit, if one could run it without
 * that.
 */
function noBackend(
  skipped: readonly BackendReport[],
  { memoryLimit = Infinity }: BackendRequest,
): Error {
  // Backends that only need an installation come first.
  const isMissing = (it: BackendReport) => it.refusal?.includes("npm install");
  const sorted = [
    ...skipped.filter(isMissing),
    ...skipped.filter((it) => !isMissing(it)),
  ];
  const reasons = sorted.map(({ backend, refusal }) =>
    `\n  ${backendName(backend)}: ${refusal}`
  ).join("");
  const isShort = skipped.some(({ availability, memory }) =>
    availability.available && memory > memoryLimit
  );
  return isShort
    ? new MemoryLimitError(`Cannot stay within the memory limit:${reasons}`)
    : new BackendUnavailableError(`Cannot run the network here:${reasons}`);
}
