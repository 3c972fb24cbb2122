/**
 * Runs the commands of a text in this process and folder. The argument is a file with a
 * list of lines in JSON. Prints the output of each command that fails.
 */
import {
  KNOWN_MODELS,
  type KnownModel,
} from "../../src/weights/known_models.ts";
import { run } from "../cli/in_process.ts";
import { importModel, NARROW } from "../layers_model.ts";
import { argumentsOf, parseLine, type ShellCommand } from "./shell.ts";

const lines: string[] = JSON.parse(await Deno.readTextFile(Deno.args[0]!));
const env = Deno.env.toObject();
// Other tests run the real models, which would take minutes for all commands.
const models = KNOWN_MODELS as Record<string, KnownModel>;
for (const [name, model] of Object.entries(models)) {
  const load = () => importModel({ architecture: NARROW });
  models[name] = { ...model, load };
}

for (const line of lines) {
  let piped: Uint8Array | undefined;
  for (const command of parseLine(line)) {
    const { input } = command;
    const stdin = input === "|"
      ? piped
      : input === undefined
      ? undefined
      : await Deno.readFile(input);
    const { code, stdout, stderr } = await runCommand(command, stdin);
    if (code !== 0) {
      console.log(
        `${line}\n${command.words.join(" ")} gave ${code}: ${stderr}`,
      );
      break;
    }
    piped = stdout;
    if (command.output && command.output !== "|") {
      await Deno.writeFile(command.output, stdout);
    }
  }
}

interface Result {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

async function runCommand(
  { words }: ShellCommand,
  stdin: Uint8Array | undefined,
): Promise<Result> {
  const args = argumentsOf(words);
  if (args) {
    const { code, stdoutBytes, stderr } = await run(args, {
      env,
      ...stdin && { stdin },
    });
    return { code, stdout: stdoutBytes, stderr };
  }
  const fetched = words.join(" ").match(
    /^curl -s https:\/\/example\.org\/(.*)$/,
  );
  if (fetched) {
    return { code: 0, stdout: await Deno.readFile(fetched[1]!), stderr: "" };
  }
  // Programs after ours in a pipe aren't tested.
  if (stdin && words[0] === "jq") return { code: 0, stdout: stdin, stderr: "" };
  if (words[0] === "find") {
    const { code, stdout } = await new Deno.Command("find", {
      args: words.slice(1),
    }).output();
    return { code, stdout, stderr: "" };
  }
  return {
    code: 127,
    stdout: new Uint8Array(),
    stderr: "nothing here runs it",
  };
}
