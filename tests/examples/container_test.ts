/**
 * The image, the manifest and the unit: lints them, and starts the image's server with
 * the Dockerfile's command. If Docker runs, it also builds the image.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { readText, ROOT } from "../docs/texts.ts";
import { installTools, npmTest } from "../npm/project.ts";
import { outputOf } from "../output_of.ts";
import { load } from "../../src/int8.ts";
import { resized } from "../image/heif/resized.ts";
import { ask, assertSameAnswer, images, narrowModel } from "./answers.ts";
import { startServer } from "./running_server.ts";
import { until } from "../server/serve.ts";

const FOLDER = "examples/container";
const dockerfile = readText(`${FOLDER}/Dockerfile`);
const unit = readText(`${FOLDER}/totem.service`);

const tools = await installTools([
  "dockerfile-utils@0.16.3",
  "kubernetes-models@4.5.1",
  "yaml@2.9.1",
]);
Deno.test.afterAll(async () => await tools?.[Symbol.asyncDispose]());

npmTest(
  tools,
  "the Dockerfile has no fault that a linter knows",
  ({ path }) => {
    const require = createRequire(`${path}/package.json`);
    const { validate } = require("dockerfile-utils");
    assert.deepEqual(validate(dockerfile), []);
    assert.notDeepEqual(validate(`${dockerfile}\nUSER\n`), []);
    return Promise.resolve();
  },
);

Deno.test("the image is of one version of Deno, that of CI, and doesn't run as root", () => {
  const [, deno] = readText(".ci/run").match(/^deno_version=(.*)$/m)!;
  const tags = [...dockerfile.matchAll(/^FROM \S+:(\S+)/gm)].map(([, it]) =>
    it
  );
  assert.deepEqual(tags, [`debian-${deno}`, `distroless-${deno}`]);
  assert.match(lastStage(), /^USER [1-9]\d*:[1-9]\d*$/m);
  assert.match(lastStage(), /^HEALTHCHECK .*\n {2}CMD \["/m);
});

npmTest(
  tools,
  "the manifest is one that Kubernetes takes, with bounds, probes and few rights",
  ({ path }) => {
    const require = createRequire(`${path}/package.json`);
    const [deployment, service, ...others] = require("yaml")
      .parseAllDocuments(readText(`${FOLDER}/kubernetes.yaml`))
      .map((it: { errors: unknown[]; toJS(): unknown }) => {
        assert.deepEqual(it.errors, []);
        return it.toJS();
      });
    assert.deepEqual(others, []);
    const { Deployment } = require("kubernetes-models/apps/v1");
    const { Service } = require("kubernetes-models/v1");
    new Deployment(deployment).validate();
    new Service(service).validate();

    const { selector, template } = deployment.spec;
    assert.deepEqual(template.metadata.labels, selector.matchLabels);
    assert.deepEqual(service.spec.selector, selector.matchLabels);
    const { containers: [container], ...pod } = template.spec;
    const [, user, group] = lastStage().match(/^USER (\d+):(\d+)$/m)!;
    assert.deepEqual(pod, {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 45,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: Number(user),
        runAsGroup: Number(group),
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(container.resources, {
      requests: { cpu: "1", memory: "192M" },
      limits: { memory: "256M" },
    });
    const [, port] = lastStage().match(/^EXPOSE (\d+)$/m)!;
    assert.deepEqual(container.ports, [
      { name: "http", containerPort: Number(port) },
    ]);
    assert.equal(service.spec.ports[0].targetPort, "http");
    const pathOf = (probe: string) => {
      const { httpGet } = container[`${probe}Probe`];
      assert.equal(httpGet.port, "http");
      return httpGet.path;
    };
    assert.deepEqual(["startup", "readiness", "liveness"].map(pathOf), [
      "/readyz",
      "/readyz",
      "/healthz",
    ]);
    return Promise.resolve();
  },
);

Deno.test("the image's server answers from a folder of its own, and ends in order", async () => {
  await using image = await makeImage();
  await using server = await image.start();
  using classifier = await load(new Response(await narrowModel()));
  for (const [name, image] of await images()) {
    await assertSameAnswer(server.address, name, image, classifier);
  }
  const heic = await Deno.readFile(HEIC);
  for (const it of [heic, resized(heic, 4032, 3024)]) {
    const refused = await ask(server.address, it);
    assert.equal(refused.status, 415);
    assert.equal((await refused.json()).detail, NO_HEIC);
  }
  assert.doesNotMatch(server.printed(), /setWasmModules/);
  assert.equal(await server.end(), 0, server.printed());
});

npmTest(
  tools,
  "the image reads HEICs with the package that a line of the Dockerfile adds",
  async () => {
    await using image = await makeImage();
    const [, args] = dockerfile.match(/^# RUN deno (cache .*)$/m)!;
    await image.deno(args!.split(" "));
    await using server = await image.start();
    using classifier = await load(new Response(await narrowModel()));
    const heic = await Deno.readFile(HEIC);
    await assertSameAnswer(server.address, "photo.heic", heic, classifier);
  },
);

const HEIC = new URL("../data/formats/photo.heic", import.meta.url);
const NO_HEIC = "HEIC isn't decoded here: send JPEG";

/** The files of the image, with a small model. */
async function makeImage() {
  const app = await Deno.makeTempDir();
  const env = { DENO_DIR: `${app}/.deno` };
  const deno = async (args: readonly string[]) => {
    const options = { args: [...args], cwd: app, env };
    const { code, stderr } = await outputOf(Deno.execPath(), options);
    assert.equal(code, 0, stderr);
  };
  for (const [, names] of dockerfile.matchAll(/^COPY ((?!--).*) \S+$/gm)) {
    for (const name of names!.split(" ")) {
      const { code, stderr } = await outputOf("cp", {
        args: ["-r", fileURLToPath(new URL(name, ROOT)), app],
      });
      assert.equal(code, 0, stderr);
    }
  }
  await Deno.writeFile(`${app}/model.safetensors`, await narrowModel());
  const [, args] = dockerfile.match(/^RUN deno (cache .*)$/m)!;
  await deno(args!.split(" "));
  return {
    deno,
    /** Starts the server and waits until the model is loaded. */
    async start() {
      // The image listens on all addresses; a test uses only one.
      const here = (it: string) =>
        it.replace("/app", app).replace("0.0.0.0", "127.0.0.1");
      const [, ...entry] = instruction("ENTRYPOINT");
      const server = await startServer(
        Deno.execPath(),
        [...entry, ...instruction("CMD"), "--port", "0"].map(here),
        {
          folder: app,
          env,
          port: /Listening on http:\/\/127\.0\.0\.1:(\d+)\D/,
        },
      );
      await until(() => server.printed().includes("Ready"));
      return server;
    },
    [Symbol.asyncDispose]: () => Deno.remove(app, { recursive: true }),
  };
}

Deno.test("the unit starts the server as the image does", () => {
  const [, started] = unit.match(/^ExecStart=\S+ (.*)$/m)!;
  const [, ...entry] = instruction("ENTRYPOINT");
  const inImage = [...entry, ...instruction("CMD")].join(" ")
    .replace("=/app", "=/opt/totem")
    .replace("=0.0.0.0", "=127.0.0.1:8000")
    .replace(" --host 0.0.0.0", "")
    .replace(" --log json", "");
  assert.equal(started, inImage);
});

testWith(
  "systemd-analyze",
  ["--version"],
  "systemd takes the unit, and calls its rights few",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/totem.service`;
      const here = unit.replace("/usr/local/bin/deno", Deno.execPath());
      await Deno.writeTextFile(path, here);
      for (
        const args of [
          ["verify", path],
          ["security", "--offline=true", "--threshold=20", path],
        ]
      ) {
        const { code, stdout, stderr } = await outputOf("systemd-analyze", {
          args,
        });
        assert.equal(code, 0, `${stdout}${stderr}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  "docker",
  ["info"],
  "Docker builds the image, whose server becomes healthy",
  async () => {
    const docker = async (...args: string[]) => {
      const options = { args, cwd: fileURLToPath(ROOT) };
      const { code, stdout, stderr } = await outputOf("docker", options);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    await docker(
      "build",
      "-f",
      `${FOLDER}/Dockerfile`,
      "-t",
      "totem-test",
      ".",
    );
    const bounds = ["--memory", "256m", "--read-only", "--cap-drop", "ALL"];
    const id = await docker("run", "-d", ...bounds, "totem-test");
    try {
      for (;;) {
        const { Health, Running } = JSON.parse(
          await docker("inspect", "-f", "{{json .State}}", id),
        );
        assert.ok(Running, await docker("logs", id));
        if (Health.Status === "healthy") break;
        assert.equal(Health.Status, "starting");
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    } finally {
      await docker("rm", "-f", id);
    }
  },
);

function lastStage(): string {
  return dockerfile.slice(dockerfile.lastIndexOf("\nFROM ") + 1);
}

/** The words of an instruction of the last stage. */
function instruction(name: string): readonly string[] {
  const [, words] = lastStage().match(
    new RegExp(`^${name} (\\[(?:.|\\\\\\n)*?\\])$`, "m"),
  )!;
  return JSON.parse(words!.replaceAll("\\\n", ""));
}

/** Registers a test that is skipped if `command` fails. */
function testWith(
  command: string,
  args: readonly string[],
  name: string,
  run: () => Promise<void>,
): void {
  const { success } = probe(command, args);
  Deno.test({
    name: success ? name : `${name} (skipped: there is no ${command})`,
    ignore: !success,
    fn: run,
  });
}

function probe(command: string, args: readonly string[]) {
  try {
    return new Deno.Command(command, {
      args: [...args],
      stdout: "null",
      stderr: "null",
    }).outputSync();
  } catch {
    return { success: false };
  }
}
