import { workspaceHeaders } from "@/api/workspace";

/** Secrets by which this browser changes and shares the results of files that it sent without an account. */
const STORED = "deepshield.secrets";
const LONGEST = 200;

// For a browser that stores nothing: the secrets of this page's own uploads.
let unstored: ReadonlyMap<string, string> = new Map();

/** Keep the secret that an upload was answered with; beyond 200 the oldest go. */
export function keepOwnerSecret(id: string, secret: string): void {
  write([...[...read()].filter(([known]) => known !== id), [id, secret] as const].slice(-LONGEST));
}

/** The secret of a job; undefined for a job of an account, of an earlier release, or sent by another browser. */
export function ownerSecret(id: string): string | undefined {
  return read().get(id);
}

/** Forget the secret of a job; without an id those of all jobs. */
export function dropOwnerSecret(id?: string): void {
  write(id === undefined ? [] : [...read()].filter(([known]) => known !== id));
}

/** The parameters of a request that changes or shares a job, of the chosen workspace or of the one that is given. */
export function asOwner(id: string, workspace?: string | null) {
  const place = workspace === undefined ? {} : workspaceHeaders(workspace);
  return { params: { path: { job_id: id }, header: { "X-Owner-Secret": ownerSecret(id), ...place } } };
}

function read(): ReadonlyMap<string, string> {
  try {
    return new Map([...unstored, ...entries(JSON.parse(localStorage.getItem(STORED) ?? "[]"))]);
  } catch {
    return unstored;
  }
}

function write(list: readonly (readonly [string, string])[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(list));
    unstored = new Map();
  } catch {
    unstored = new Map(list);
  }
}

function entries(stored: unknown): [string, string][] {
  const list = Array.isArray(stored) ? (stored as unknown[]) : [];
  return list.filter(
    (entry): entry is [string, string] =>
      Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "string",
  );
}
