import pg from "pg";
import {
  type BrokerServer,
  type ServerProgram,
  startServer,
} from "./broker_server.ts";

/** The folder of PostgreSQL's programs in Debian; `undefined` if not installed. */
export async function postgresFolder(): Promise<string | undefined> {
  const root = "/usr/lib/postgresql";
  try {
    const versions = await Array.fromAsync(Deno.readDir(root));
    const names = versions.map(({ name }) => name).sort();
    const folder = `${root}/${names.at(-1)}/bin`;
    await Deno.stat(`${folder}/initdb`);
    return folder;
  } catch {
    return undefined;
  }
}

/** Starts PostgreSQL from the folder of its programs. */
export function startPostgres(programs: string): Promise<BrokerServer> {
  return startServer(postgres(programs));
}

function postgres(programs: string): ServerProgram {
  const user = serverUser();
  return {
    address: (port) => `postgres://totem@127.0.0.1:${port}/postgres`,
    async prepare(folder) {
      if (user !== undefined) await Deno.chown(folder, user.uid, user.gid);
      const { success, stderr } = await new Deno.Command(`${programs}/initdb`, {
        args: ["-D", `${folder}/data`, "-A", "trust", "-U", "totem", "-N"],
        cwd: folder,
        stdout: "null",
        ...user,
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    },
    spawn: (port, folder) =>
      new Deno.Command(`${programs}/postgres`, {
        args: [
          ...["-D", `${folder}/data`, "-p", `${port}`, "-F"],
          ...["-c", "listen_addresses=127.0.0.1"],
          ...["-c", "unix_socket_directories="],
        ],
        cwd: folder,
        stdout: "null",
        stderr: "null",
        ...user,
      }).spawn(),
    async answers(port) {
      const client = new pg.Client({
        connectionString: `postgres://totem@127.0.0.1:${port}/postgres`,
      });
      client.on("error", () => {});
      await client.connect();
      await client.end();
    },
  };
}

/** PostgreSQL refuses to run as root; it then runs as Debian's `postgres` user. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((it) =>
    it.startsWith("postgres:")
  );
  if (line === undefined) throw new Error("there is no user postgres");
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
