/**
 * The examples for Deno Deploy and Supabase, started as on these platforms, each in a
 * temporary folder with only the permissions that it needs.
 *
 * @module
 */
import { copyExample, type ExampleFolder } from "./example_folder.ts";
import { type RunningServer, startDeno } from "./running_server.ts";

/** Starts the Deno Deploy example with a model. */
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

/** Starts the Supabase example with the URL of a model. */
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

/** Serves a model like a storage service. */
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

/** Starts an example in a folder, which disposing deletes. */
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
