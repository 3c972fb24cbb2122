import { assertArgument, assertOptions } from "../argument.ts";
import { assertGraph, type Graph } from "../model/graph.ts";
import { type Availability, type Backend, NO_GPU } from "./backend.ts";
import {
  assertBackendRequest,
  BACKEND_OPTIONS,
  type BackendRequest,
} from "./backend_request.ts";

/** Whether a backend can run a graph. */
export interface BackendReport {
  /** The backend that was checked. */
  readonly backend: Backend;
  /** Whether it runs on this machine. */
  readonly availability: Availability;
  /** An upper bound of the memory that it needs, in bytes. */
  readonly memory: number;
  /** Why the backend can't be used; `null` if it can. */
  readonly refusal: string | null;
}

/**
 * Checks whether a backend can run `graph` on this machine, and if not, why.
 *
 * @throws {ArgumentError} When an argument isn't valid.
 */
export async function checkBackend(
  backend: Backend,
  graph: Graph,
  request: BackendRequest = {},
): Promise<BackendReport> {
  assertBackend("check a backend", backend);
  assertGraph("check a backend", graph);
  assertOptions("check a backend", request, BACKEND_OPTIONS);
  assertBackendRequest("check a backend", request);
  const isAsked = request.backend === backend.device;
  return await reportOn(backend, graph, request, backend.probe(isAsked));
}

/** As {@linkcode checkBackend}, with arguments that are checked and a probe under way. */
export async function reportOn(
  backend: Backend,
  graph: Graph,
  request: BackendRequest,
  probe: Promise<Availability>,
): Promise<BackendReport> {
  const availability = await probe;
  const memory = await backend.memory(graph);
  const refusal = refusalOf(availability, memory, request);
  return { backend, availability, memory, refusal };
}

/** The name of a backend for people, such as `wasm f32`. */
export function backendName(backend: Backend): string {
  assertBackend("name a backend", backend);
  return `${backend.device} ${backend.precision}`;
}

function assertBackend(action: string, backend: Backend): void {
  assertArgument(
    typeof backend?.probe === "function" &&
      typeof backend.memory === "function",
    `${action} as it must be one that listBackends() gives`,
    backend,
  );
}

/** Why a backend that needs `memory` bytes can't be used; `null` if it can. */
export function refusalOf(
  availability: Availability,
  memory: number,
  { backend = "auto", memoryLimit: limit = Infinity }: BackendRequest,
): string | null {
  if (!availability.available) return availability.reason;
  if (availability.software && backend === "auto") {
    return NO_GPU;
  }
  if (!(memory > limit)) return null;
  return limit >= MEBIBYTE && limit % MEBIBYTE === 0
    ? `needs up to ${mebibytes(memory)}, the limit is ${mebibytes(limit)}`
    : `needs up to ${Math.ceil(memory)} bytes, the limit is ${limit} bytes`;
}

const MEBIBYTE = 2 ** 20;

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}
