/** A command that isn't run as shown. */
export interface NotRun {
  /** The text, or the folder of texts; any by default. */
  readonly file?: string;
  readonly pattern: RegExp;
  /** What runs it instead, or why it can't run. */
  readonly why: string;
}

/** The commands of texts that `tests/long/doc_commands_test.ts` leaves out. */
export const NOT_RUN: readonly NotRun[] = [
  {
    pattern: /^npx -y deno@/,
    why:
      "npx only brings Deno: the same task runs in .ci/run and tests/tasks_test.ts",
  },
  {
    pattern: /^(git clone|cd) /,
    why: "it is how a reader comes to a folder",
  },
  {
    pattern: /^deno task (check|test|test-arm|npm|serve|site|bench[\w-]*)\b/,
    why:
      ".ci/run runs check and test; tests/npm npm; tests/tasks_test.ts serve; tests/long/browser/site_test.ts the site; benchmarks take minutes",
  },
  {
    pattern: /^(TOTEM_TEST_DELAYS=1 )?deno test /,
    why: "it runs tests, as .ci/run does",
  },
  {
    pattern: /^npm (install|pack)\b/,
    why: "tests/npm installs the package and what it may need",
  },
  {
    pattern: /^deno install\b/,
    why: "tests/tasks_test.ts compares its flags with those of the task",
  },
  {
    pattern: /^(deno task )?totem serve\b/,
    why: "it serves until it is stopped: tests/cli/serve_test.ts runs it",
  },
  {
    pattern: /^curl .*(127\.0\.0\.1|localhost):/,
    why: "it asks a server: tests/server and tests/examples send the same",
  },
  {
    pattern: /\bs3:\/\/|\bAWS_/,
    why: "it needs a bucket: tests/long/bucket_run_test.ts has one",
  },
  {
    pattern: /\bredis:\/\//,
    why: "it needs Redis: tests/long/queue_test.ts starts one",
  },
  {
    file: "docs/batch.md",
    pattern: /^until |\$SLURM|\bxargs\b/,
    why: "it needs a real shell or a cluster; its command is run on its own",
  },
  {
    file: "docs/models.md",
    pattern: /^deno run .* program\.ts$/,
    why:
      "the program is the reader's; tests/weights/store/cache_folder_test.ts has the flags",
  },
  {
    file: "docs/node.md",
    pattern: /^esbuild /,
    why: "tests/npm/bundlers_test.ts bundles with the same flags",
  },
  {
    file: "docs/search/",
    pattern: /^deno run .*(lancedb|pgvector)\w*\.ts /,
    why: "it needs a database's package, which isn't one of the project's",
  },
  {
    pattern: /^deno bundle .* page\.js$/,
    why: "tests/examples/browser/guide_test.ts bundles that page so",
  },
  {
    file: "docs/browser.md",
    pattern: /^npx -y http-server /,
    why: "tests/examples/browser/guide_test.ts serves that page",
  },
  {
    file: "docs/server.md",
    pattern: /^deno serve /,
    why: "tests/long/doc_server_test.ts runs it",
  },
  {
    pattern: /^deno run .* build\.ts && npx -y workerd@/,
    why:
      "tests/examples/cloudflare_worker_test.ts builds it, and serves it with workerd",
  },
  {
    file: "examples/browser/",
    pattern: /^deno run /,
    why: "tests/examples/browser builds and serves it",
  },
  {
    file: "examples/container/",
    pattern: /^(docker|export|cp|systemctl) /,
    why:
      "it needs Docker's daemon or systemd: tests/examples/container_test.ts reads the files and runs their commands",
  },
  {
    file: "examples/deno-deploy/",
    pattern: /^deno serve /,
    why: "tests/examples/deno_deploy_test.ts serves it",
  },
  {
    file: "examples/servers/",
    pattern: /^bun /,
    why: "tests/npm/runtimes_test.ts serves it with Bun",
  },
  {
    file: "examples/supabase/",
    pattern: /^deno run /,
    why: "tests/examples/supabase_test.ts runs it",
  },
];
