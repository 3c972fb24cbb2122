/** The exports of the kernels; see `kernels/mod.ts` and `kernels/run_threads.ts`. */
export interface KernelExports {
  run(program: number, levels: number, scratch: number): number;
  serve(program: number, scratch: number, epoch: number): void;
  stop(program: number): void;
  abandon(program: number): void;
  probe(scratch: number): number;
  convI32(step: number, task: number, scratch: number): void;
  convI16(step: number, task: number, scratch: number): void;
  convPlain(step: number, task: number, scratch: number): void;
}
