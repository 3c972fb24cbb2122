import {
  type BrokerServer,
  type ServerProgram,
  startServer,
} from "./broker_server.ts";

/** Whether a Redis server is installed. */
export async function hasRedis(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("redis-server", {
      args: ["--version"],
      stdout: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/**
 * Starts Redis with further arguments for its persistence. Without any, it keeps
 * everything that it has acknowledged. With only `--appendonly yes`, it delays writes
 * for up to two seconds while the disk is busy.
 */
export function startRedis(
  args: readonly string[] = ["--appendonly", "yes", "--appendfsync", "always"],
): Promise<BrokerServer> {
  return startServer(redis(args));
}

function redis(args: readonly string[]): ServerProgram {
  return {
    address: (port) => `redis://127.0.0.1:${port}`,
    prepare: () => Promise.resolve(),
    spawn: (port, folder) =>
      new Deno.Command("redis-server", {
        args: [
          ...["--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder],
          ...["--save", "", ...args],
        ],
        stdout: "null",
        stderr: "null",
      }).spawn(),
    async answers(port) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("PING\r\n"));
      const answer = new Uint8Array(64);
      const length = await connection.read(answer) ?? 0;
      const text = new TextDecoder().decode(answer.subarray(0, length));
      if (!text.startsWith("+PONG")) throw new Error(text);
    },
  };
}
