/**
 * Whether `new Worker()` may hang here. In a worker, Firefox never returns from one in 20
 * to 50 calls (Firefox 153, also when idle), and the worker can't notice. In pages, it
 * always returns.
 *
 * A page can start the workers of its worker, whose own `Worker` then isn't the browser's.
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
