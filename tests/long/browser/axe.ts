import type { Page } from "playwright-core";

/** The violations that axe-core finds in a page that includes it, one per line. */
export async function faults(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: Violation[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) =>
        `${id} ${target}: ${failureSummary}`
      )
    );
  });
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { target: string; failureSummary: string }[];
}
