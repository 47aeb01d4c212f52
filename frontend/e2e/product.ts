import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = path.resolve(import.meta.dirname, "../..");
const BIN = path.join(ROOT, ".venv/bin");
const READY_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 20_000;

/** The interpreter of the repository's virtual environment. */
export const PYTHON = path.join(BIN, "python");

/** The static export that the product serves. */
export const WEB_DIR = path.resolve(process.env.E2E_WEB_DIR ?? path.resolve(import.meta.dirname, "../out"));

/** A host that the tests' browser finds on this machine and, unlike 127.0.0.1, does not trust without TLS. */
export const PLAIN_HOST = "deepshield.test";

/** Where a service runs already that the tests are to use; they start one of their own otherwise. */
export const ELSEWHERE = process.env.DEEPSHIELD_URL;

/** The whole service, as `deepshield up` runs it, in a folder and on a port of its own. */
export class Product {
  readonly url: string;
  private process: ChildProcess | undefined;

  private constructor(
    url: string,
    private readonly folder: string,
    private readonly settings: Record<string, string>,
  ) {
    this.url = url;
  }

  /** Starts a service with empty data; `settings` are variables of its environment. */
  static async start(settings: Record<string, string> = {}): Promise<Product> {
    const port = String(await freePort());
    const folder = mkdtempSync(path.join(tmpdir(), "deepshield-e2e-"));
    const product = new Product(`http://127.0.0.1:${port}`, folder, {
      PORT: port,
      WEB_DIR,
      ...QUICK,
      ...settings,
    });
    await product.start();
    return product;
  }

  /** The address as on a local network without TLS: its pages have no secure context. Only the browser finds it. */
  get plainUrl(): string {
    return this.url.replace(/^http:\/\/[^:/]+/, `http://${PLAIN_HOST}`);
  }

  /** A service that somebody else has started, and will stop: only its address is used. */
  static at(url: string): Product {
    return new Product(url, "", {});
  }

  /** Starts the service on the data that is there; returns once it can analyse. */
  async start(): Promise<void> {
    const log = openSync(path.join(this.folder, "service.log"), "a");
    this.process = spawn(path.join(BIN, "deepshield"), ["up"], {
      cwd: this.folder,
      env: { ...inherited(), ...this.settings } as NodeJS.ProcessEnv,
      stdio: ["ignore", log, log],
    });
    const until = Date.now() + READY_WITHIN_MS;
    while (!(await this.ready())) {
      if (this.process.exitCode !== null || Date.now() > until)
        throw new Error(`The service did not start:\n${this.told()}`);
      await pause(100);
    }
  }

  /** Ends every process at once, as a power cut does. */
  async kill(): Promise<void> {
    for (const pid of this.pids()) signal(pid, "SIGKILL");
    await this.ended();
  }

  /** Starts the service again on the data that is there, with some of its settings changed. */
  async restart(settings: Record<string, string>): Promise<void> {
    await this.kill();
    Object.assign(this.settings, settings);
    await this.start();
  }

  /** Ends the service and deletes its data. */
  async stop(): Promise<void> {
    this.thaw();
    this.process?.kill("SIGINT");
    await Promise.race([this.ended(), pause(STOP_WITHIN_MS)]);
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Holds every analysis where it is, so that a test can look at one for as long as it likes. */
  freeze(): void {
    for (const pid of this.analysing()) signal(pid, "SIGSTOP");
  }

  /** Lets analyses go on. */
  thaw(): void {
    for (const pid of this.analysing()) signal(pid, "SIGCONT");
  }

  private async ready(): Promise<boolean> {
    return fetch(`${this.url}/api/health/ready`).then(
      async (answer) =>
        answer.ok &&
        ((await answer.json()) as { workers?: { state: string }[] }).workers?.every(
          (worker) => worker.state === "ready",
        ) === true,
      () => false,
    );
  }

  private async ended(): Promise<void> {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null)
      await once(this.process, "exit");
  }

  private told(): string {
    return readFileSync(path.join(this.folder, "service.log"), "utf8").slice(-4000);
  }

  private analysing(): number[] {
    return this.pids().filter((pid) => read(pid, "cmdline").includes("deepshield.analyser.child"));
  }

  private pids(): number[] {
    return this.process?.pid === undefined ? [] : descendants(this.process.pid);
  }
}

// Short clocks, so that a killed service takes up its work within seconds; no limit on how fast a test may click.
const QUICK = {
  RATE_LIMIT_RPS: "0",
  JOB_HEARTBEAT_SECONDS: "1",
  JOB_HEARTBEAT_TIMEOUT_SECONDS: "5",
  JOB_SWEEP_SECONDS: "1",
  JOB_RESEND_SECONDS: "2",
  SAAS_JWT_SECRET: "only-for-tests-0123456789-abcdefghij",
  SAAS_LOGIN_ATTEMPTS: "1000",
  LOG_LEVEL: "WARNING",
};

/** The environment without anything that could be a setting of the service. */
function inherited(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE"];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function descendants(root: number): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [
        Number(name),
        Number(
          read(Number(name), "stat")
            .replace(/^.*\) \S+ /s, "")
            .split(" ")[0],
        ),
      ]),
  );
  const found = [root];
  for (const parent of found) for (const [pid, of] of parents) if (of === parent) found.push(pid);
  return found;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}
