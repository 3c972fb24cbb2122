/**
 * Measures a contestant in a page: `measureInPage` is called with the job.
 *
 * @module
 */
import { type Job, type Outcome, tryToMeasure } from "./measure.ts";

Object.assign(globalThis, {
  measureInPage(job: Job): Promise<Outcome> {
    return tryToMeasure(job, async (url) => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} gives ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    });
  },
});
