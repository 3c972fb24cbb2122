/**
 * Whether `new Worker()` may hang here. In a worker, one in 20 to 50 calls never returns
 * in Firefox (Firefox 153, also when idle), and the worker can't detect this. In pages,
 * it always returns.
 *
 * A page can start workers on behalf of its worker, whose `Worker` is then not the native
 * one.
 */
export function nestedWorkersHang(): boolean {
  const { WorkerGlobalScope, Worker, navigator } = globalThis as Scope;
  return WorkerGlobalScope !== undefined && Worker !== undefined &&
    /\bFirefox\//.test(navigator?.userAgent ?? "") &&
    Function.prototype.toString.call(Worker).includes("[native code]");
}

interface Scope {
  readonly WorkerGlobalScope?: unknown;
  readonly Worker?: unknown;
  readonly navigator?: { readonly userAgent?: string };
}
