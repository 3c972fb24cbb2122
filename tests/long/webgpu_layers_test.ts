/** WebGPU with more networks, and with tfjs, which is slow on emulated WebGPU. */
import { tfjsWebgpu } from "../../src/backends/tfjs/tfjs_backends.ts";
import { narrowNetwork, testSessions } from "../backends/tfjs/session_cases.ts";
import { testExecutor } from "../backends/webgpu/executor_cases.ts";
import { WEBGPU } from "../webgpu.ts";

testSessions(tfjsWebgpu(), await narrowNetwork(), { ignore: !WEBGPU });

testExecutor(["padding that counts", "FID's, of maxima"]);
