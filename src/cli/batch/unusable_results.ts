import type { RunStatus } from "../../batch/status.ts";
import { counted } from "../../text/numbers.ts";
import type { Terminal } from "../terminal.ts";

/** The maximum number of problems shown at once. */
export const MOST_PROBLEMS = 10;

/** Warns about unusable results of a run. */
export function tellUnusable(
  io: Terminal,
  { problems }: Pick<RunStatus, "problems">,
): void {
  for (const problem of problems.slice(0, MOST_PROBLEMS)) {
    io.tellWarning(problem);
  }
  if (problems.length > MOST_PROBLEMS) {
    const others = counted(problems.length - MOST_PROBLEMS, "other result");
    io.tellWarning(
      `${others} can't be used either: totem batch status --json has all`,
    );
  }
}
