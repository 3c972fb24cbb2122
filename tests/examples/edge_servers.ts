/**
 * The examples for Deno Deploy and Supabase as they are started there, each in a folder
 * of its own with the rights that it needs and no others.
 *
 * @module
 */
import { copyExample, type ExampleFolder } from "./example_folder.ts";
import { type RunningServer, startDeno } from "./running_server.ts";

/** Starts Deno Deploy's with a model. */
export async function startDeploy(
  model: Uint8Array<ArrayBuffer>,
): Promise<RunningServer> {
  const folder = await copyExample("deno-deploy", "main.ts");
  await Deno.writeFile(`${folder.path}/model.safetensors`, model);
  return await startIn(folder, [
    "serve",
    "--no-prompt",
    "--host=127.0.0.1",
    "--port=0",
    "--allow-read",
    "main.ts",
  ]);
}

/** Starts Supabase's with a model at an address. */
export async function startSupabase(model: string): Promise<RunningServer> {
  const file = "functions/classify/index.ts";
  const folder = await copyExample("supabase", file);
  const env = { MODEL_URL: model };
  return await startIn(folder, [
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-env=MODEL_URL",
    "--allow-net=127.0.0.1",
    file,
  ], env);
}

/** Serves a model as storage does. */
export function serveModel(
  model: Uint8Array<ArrayBuffer>,
): AsyncDisposable & { readonly address: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(model),
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}/model.safetensors`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Starts an example, whose folder is gone when it is disposed. */
async function startIn(
  folder: ExampleFolder,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const server = await startDeno(folder.path, args, env);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
