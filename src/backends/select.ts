/**
 * Picks a backend, and says why not the others.
 *
 * @module
 */
import { assertArgument, assertOptions } from "../argument.ts";
import { BackendUnavailableError, MemoryLimitError } from "../errors.ts";
import { assertGraph, type Graph } from "../model/graph.ts";
import type { Network } from "../model/network.ts";
import type {
  Availability,
  Backend,
  PlacingBackend,
  Session,
} from "./backend.ts";
import {
  assertRequest,
  BACKEND_OPTIONS,
  type BackendRequest,
  candidatesOf,
} from "./backend_request.ts";

/** What became of a backend in a selection. */
export interface BackendReport {
  /** Which backend. */
  readonly backend: Backend;
  /** What the machine says of it. */
  readonly availability: Availability;
  /** The bytes that it needs at most. */
  readonly memory: number;
  /** Why it isn't taken, or null where it may be. */
  readonly refusal: string | null;
}

/** A network that was opened in the first backend that would take it. */
export interface OpenedNetwork {
  /** The network, ready to run. */
  readonly session: Session;
  /** Where it runs. */
  readonly backend: Backend;
  /** The bytes that it takes at most. */
  readonly memory: number;
  /** The backends that were asked before, and why they weren't taken. */
  readonly skippedBackends: readonly BackendReport[];
}

/**
 * Opens a network in the first backend that fits the request and runs here.
 *
 * @param backends The backends to choose from, in the order of `auto`.
 * @throws {ArgumentError} When no backend has the device and precision asked for.
 * @throws {MemoryLimitError} When all that run here need more than the limit.
 * @throws {BackendUnavailableError} When none runs here. The text has the reason
 * of each.
 */
export async function openNetwork(
  network: Network,
  graph: Graph,
  request: BackendRequest,
  backends: readonly Backend[],
): Promise<OpenedNetwork> {
  return await selectBackend(
    graph,
    request,
    backends,
    async ({ backend, memory }, skippedBackends) => ({
      session: await backend.open(network, graph),
      backend,
      memory,
      skippedBackends,
    }),
  );
}

/**
 * Lets the backend that is asked first get ready while the network is on its way.
 * What is wrong with it is found again by {@linkcode openNetwork}.
 *
 * @throws {ArgumentError} When something is asked that no backend has: before a model
 * is read for nothing.
 */
export function prepareBackend(
  request: BackendRequest,
  backends: readonly Backend[],
): void {
  assertRequest(request, backends);
  const [first] = candidatesOf(request, backends);
  first?.probe(request.backend === first.device).catch(() => {});
}

/**
 * Memory for the data of a Totem file, where the backend that will open its
 * network wants it. Nothing is read yet, so that what is too much for the memory
 * limit is refused before it is there.
 *
 * @param graph The file's network.
 * @param byteLength Of the data.
 * @param backends Those that {@linkcode openNetwork} will choose from.
 * @throws As {@linkcode openNetwork}.
 */
export async function placeWeights(
  graph: Graph,
  byteLength: number,
  request: BackendRequest,
  backends: readonly Backend[],
): Promise<Uint8Array> {
  return await selectBackend(
    graph,
    request,
    backends,
    async ({ backend }) =>
      canPlace(backend)
        ? await backend.place(graph, byteLength)
        : new Uint8Array(byteLength),
  );
}

function canPlace(backend: Backend): backend is PlacingBackend {
  return "place" in backend;
}

/** Gives the first backend that fits the request and runs here to `use`. */
async function selectBackend<T>(
  graph: Graph,
  request: BackendRequest,
  backends: readonly Backend[],
  use: (
    chosen: BackendReport,
    skippedBackends: readonly BackendReport[],
  ) => Promise<T>,
): Promise<T> {
  assertRequest(request, backends);
  const candidates = candidatesOf(request, backends);
  const skippedBackends: BackendReport[] = [];
  for (const backend of candidates) {
    const verdict = await verdictOf(backend, graph, request);
    if (verdict.refusal !== null) {
      skippedBackends.push(verdict);
      continue;
    }
    try {
      return await use(verdict, skippedBackends);
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      skippedBackends.push({ ...verdict, refusal: error.message });
    }
  }
  const reasons = skippedBackends.map(({ backend, refusal }) =>
    `\n  ${backendName(backend)}: ${refusal}`
  ).join("");
  const short = skippedBackends.some(({ availability, memory }) =>
    availability.available && exceeds(memory, request.memoryLimit)
  );
  throw short
    ? new MemoryLimitError(`Cannot stay within the memory limit:${reasons}`)
    : new BackendUnavailableError(`Cannot run the network here:${reasons}`);
}

/** Whether a backend takes `graph` on this machine, or why not. */
export async function checkBackend(
  backend: Backend,
  graph: Graph,
  request: BackendRequest = {},
): Promise<BackendReport> {
  assertBackend("checkBackend a backend", backend);
  assertGraph("checkBackend a backend", graph);
  assertOptions("checkBackend a backend", request, BACKEND_OPTIONS);
  return await verdictOf(backend, graph, request);
}

async function verdictOf(
  backend: Backend,
  graph: Graph,
  request: BackendRequest,
): Promise<BackendReport> {
  const availability = await backend.probe(
    request.backend === backend.device,
  );
  const memory = await backend.memory(graph);
  return {
    backend,
    availability,
    memory,
    refusal: refusalOf(availability, memory, request),
  };
}

/** The name by which people are told of a backend: `wasm f32`. */
export function backendName(backend: Backend): string {
  assertBackend("name a backend", backend);
  const { device, precision } = backend;
  return `${device} ${precision}`;
}

/** @throws {ArgumentError} When it isn't one of the backends. */
function assertBackend(cannot: string, backend: Backend): void {
  assertArgument(
    typeof backend?.probe === "function" &&
      typeof backend.memory === "function",
    `${cannot} as it must be one that listBackends() gives`,
    backend,
  );
}

function refusalOf(
  availability: Availability,
  memory: number,
  { backend = "auto", memoryLimit }: BackendRequest,
): string | null {
  if (!availability.available) return availability.reason;
  if (availability.software && backend === "auto") {
    return `${availability.detail} is an emulation by the processor: used only when asked for`;
  }
  if (!exceeds(memory, memoryLimit)) return null;
  const limit = memoryLimit!;
  return limit >= MEBIBYTE && limit % MEBIBYTE === 0
    ? `needs up to ${mebibytes(memory)}, the limit is ${mebibytes(limit)}`
    : `needs up to ${Math.ceil(memory)} bytes, the limit is ${limit} bytes`;
}

function exceeds(memory: number, limit: number | undefined): boolean {
  return limit !== undefined && memory > limit;
}

const MEBIBYTE = 2 ** 20;

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}
