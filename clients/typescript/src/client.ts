import createClient, { type Client } from "openapi-fetch";

import { JobFailedError, NoAnswerError, refusal } from "./errors.js";
import type { paths, ResultAnswer, UploadAccepted, UploadState } from "./schema.js";

/** Bytes per request: what a broken line costs. */
export const PART_BYTES = 8 * 1024 * 1024;
const TRIES = 6;
const LONGEST_PAUSE_MS = 15_000;
const FIRST_POLL_MS = 300;
const LONGEST_POLL_MS = 5000;
const PASSING = new Set([409, 429, 502, 503, 504]);
const TUS = { "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream" };

export type Options = {
  /** An API key of an account. */
  key?: string;
};

export type Waiting = {
  /** Milliseconds after which `NoAnswerError` is thrown; the analysis goes on. */
  timeout?: number;
};

export type Sending = Waiting & {
  /** False analyses again what the account has sent before. */
  reuse?: boolean;
  /** The name of a Blob; a path and a File have their own. */
  name?: string;
};

/**
 * A service at `url`, such as `https://deepshield.example.org`. Requests that fail for a passing reason are sent again,
 * with growing pauses. Every method throws `ApiError` for a refused request, `NoAnswerError` without an answer.
 */
export class DeepShield {
  /** Any request of the API, typed by its document; failures are in `error`, as openapi-fetch has them. */
  readonly api: Client<paths>;
  readonly #root: string;
  readonly #headers: Record<string, string>;
  readonly #secrets = new Map<string, string>();

  constructor(url: string, { key }: Options = {}) {
    this.#root = url.replace(/\/+$/, "");
    this.#headers = { Accept: "application/json", ...(key === undefined ? {} : { "X-API-Key": key }) };
    this.api = createClient<paths>({ baseUrl: this.#root, headers: this.#headers });
  }

  /**
   * Analyse a file (a path in Node.js, or a Blob), or what is at an http address; resolves with its result, or with its
   * job where `wait` is false. A large file is sent in parts and goes on after a broken line. Throws as `wait`.
   */
  async analyze(source: string | Blob, options?: Sending & { wait?: true }): Promise<ResultAnswer>;
  async analyze(source: string | Blob, options: Sending & { wait: false }): Promise<UploadAccepted>;
  async analyze(
    source: string | Blob,
    { wait = true, reuse = true, name, timeout }: Sending & { wait?: boolean } = {},
  ): Promise<ResultAnswer | UploadAccepted> {
    const job =
      typeof source === "string" && /^https?:\/\//.test(source)
        ? await this.#sendAddress(source, reuse)
        : await this.#sendFile(...(await opened(source, name)), reuse);
    if (job.owner_secret !== null) this.#secrets.set(job.job_id, job.owner_secret);
    return wait ? this.wait(job.job_id, { timeout }) : job;
  }

  /** A job once it is COMPLETED. Throws `JobFailedError` when it fails or is cancelled, `NoAnswerError` after `timeout`. */
  async wait(jobId: string, { timeout = 600_000 }: Waiting = {}): Promise<ResultAnswer> {
    const end = Date.now() + timeout;
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(LONGEST_POLL_MS, pause * 1.5)) {
      const job = await this.result(jobId);
      if (job.state === "COMPLETED") return job;
      if (job.state === "FAILED" || job.state === "CANCELLED") throw new JobFailedError(jobId, job.error);
      if (Date.now() + pause > end)
        throw new NoAnswerError(`The analysis ${jobId} has not ended in ${timeout} ms; it goes on.`);
      await sleep(pause);
    }
  }

  /** A job as it is now, with its result once it is COMPLETED. */
  async result(jobId: string): Promise<ResultAnswer> {
    return (
      await this.#request("GET", `/results/${encodeURIComponent(jobId)}`)
    ).json() as Promise<ResultAnswer>;
  }

  /** Delete a job with its files; of a job without an account, one that this client has sent. */
  async delete(jobId: string): Promise<void> {
    const secret = this.#secrets.get(jobId);
    const headers: Record<string, string> = secret === undefined ? {} : { "X-Owner-Secret": secret };
    await this.#request("DELETE", `/jobs/${encodeURIComponent(jobId)}`, { headers });
    this.#secrets.delete(jobId);
  }

  async #sendAddress(url: string, reuse: boolean): Promise<UploadAccepted> {
    const answer = await this.#request("POST", `/analyze-url?reuse=${reuse}`, {
      body: JSON.stringify({ file_url: url }),
      headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
    });
    return answer.json() as Promise<UploadAccepted>;
  }

  async #sendFile(file: Blob, name: string, reuse: boolean): Promise<UploadAccepted> {
    const begun = await this.#request("POST", `/uploads?reuse=${reuse}`, {
      body: file.slice(0, PART_BYTES),
      headers: {
        ...TUS,
        "Upload-Length": String(file.size),
        "Upload-Metadata": `filename ${base64(name)}`,
        "Idempotency-Key": crypto.randomUUID(),
      },
    });
    let state = (await begun.json()) as UploadState;
    const place = `/uploads/${state.upload_id}`;
    for (let offset = state.offset; offset < file.size;) offset = await this.#sendPart(place, file, offset);
    if (state.job === null) state = (await (await this.#request("GET", place)).json()) as UploadState;
    if (state.job === null) throw new NoAnswerError("The server has the whole file and no job of it.");
    return state.job;
  }

  /** Send the bytes from `from` on; resolves with the next offset, which the server is asked for when the line breaks. */
  async #sendPart(place: string, file: Blob, from: number): Promise<number> {
    let offset = from;
    const answer = await this.#tried(async () => {
      const moved = async () => {
        const asked = await this.#fetch("GET", place);
        return asked.ok && offsetOf(asked) !== offset ? asked : null;
      };
      let asked: Response | null;
      try {
        const sent = await this.#fetch("PATCH", place, {
          body: file.slice(offset, offset + PART_BYTES),
          headers: { ...TUS, "Upload-Offset": String(offset) },
        });
        if (sent.status !== 409) return sent;
        asked = await moved();
        if (asked === null) return sent;
      } catch (cause) {
        asked = await moved();
        if (asked === null) throw cause;
      }
      offset = offsetOf(asked);
      return asked;
    });
    return offsetOf(answer);
  }

  #request(method: string, path: string, options: RequestInit = {}): Promise<Response> {
    return this.#tried(() => this.#fetch(method, path, options));
  }

  #fetch(method: string, path: string, { headers, ...options }: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#root}/api${path}`, {
      ...options,
      method,
      headers: { ...this.#headers, ...(headers as Record<string, string> | undefined) },
    });
  }

  async #tried(send: () => Promise<Response>): Promise<Response> {
    for (let left = TRIES - 1, pause = 500; ; left--, pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      let wait = pause;
      try {
        const answer = await send();
        if (answer.ok) return answer;
        const error = refusal(answer, await answer.text());
        const asked = 1000 * (error.retryAfter ?? 0);
        // A quota that is used up comes back tomorrow: that is not waited for.
        if (left === 0 || !error.again || !PASSING.has(error.status) || asked > LONGEST_PAUSE_MS) throw error;
        wait = Math.max(pause, asked);
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause; // fetch throws this alone when no answer comes
        if (left === 0) throw new NoAnswerError("The service cannot be reached.", { cause });
      }
      await sleep(wait * (1 + Math.random() / 5)); // so that clients do not come together
    }
  }
}

async function opened(source: string | Blob, name?: string): Promise<[Blob, string]> {
  if (typeof source !== "string") return [source, name ?? (source instanceof File ? source.name : "")];
  const [{ openAsBlob }, { basename }] = await Promise.all([import("node:fs"), import("node:path")]);
  return [await openAsBlob(source), name ?? basename(source)];
}

function offsetOf(answer: Response): number {
  return Number(answer.headers.get("Upload-Offset"));
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
