import type { Locator } from "@playwright/test";

import type { Dataset, MeAnswer, MediaPage, NextTask, ResultAnswer, UploadAccepted } from "../src/api/schema";
import { fresh, media, type Upload } from "./media";
import { expect, type Page } from "./test";

/** Any heading that says what was found. */
export const VERDICT =
  /^(Strong signs of manipulation|Signs of manipulation|Inconclusive|No signs of manipulation found|Not flagged)/;

const MOST_STOPS = 120;

/** What the result page says first. */
export function verdict(page: Page): Locator {
  return page.getByRole("heading", { level: 1, name: VERDICT });
}

/** Opens the start page and waits until it works: the limits in it come from the server. */
export async function openStart(page: Page): Promise<void> {
  await page.goto("/");
  await expect(page.getByText(/MP4.*200 MB/)).toBeVisible();
}

/** Picks files as the file chooser does. */
export async function choose(page: Page, ...files: (string | Upload)[]): Promise<void> {
  const input = page.locator('input[type="file"]:not([capture])');
  const paths = files.filter((file): file is string => typeof file === "string").map(media);
  await input.setInputFiles(paths.length === files.length ? paths : (files as Upload[]));
}

/** Drops a file somewhere on the page. */
export async function drop(page: Page, upload: Upload): Promise<void> {
  const dataTransfer = await page.evaluateHandle(carried, {
    ...upload,
    buffer: upload.buffer.toString("base64"),
  });
  for (const event of ["dragenter", "dragover", "drop"])
    await page.dispatchEvent("body", event, { dataTransfer });
}

/** Drops files and folders of this machine on the page, as a file manager does. */
export async function dropPaths(page: Page, paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  await session.detach();
}

/** Pastes a file from the clipboard. */
export async function paste(page: Page, upload: Upload): Promise<void> {
  const clipboardData = await page.evaluateHandle(carried, {
    ...upload,
    buffer: upload.buffer.toString("base64"),
  });
  await page.evaluate((data) => {
    document.body.dispatchEvent(
      new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }),
    );
  }, clipboardData);
}

function carried({
  name,
  mimeType,
  buffer,
}: {
  name: string;
  mimeType: string;
  buffer: string;
}): DataTransfer {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(buffer), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type: mimeType }));
  return transfer;
}

/** The page's answer about a job. */
export async function answerOf(page: Page, id: string): Promise<ResultAnswer> {
  return (await (await page.request.get(`/api/results/${id}`)).json()) as ResultAnswer;
}

/** Uploads by the API, as this page's visitor; returns the job's id at once. */
export async function sent(page: Page, file: string | Upload): Promise<string> {
  const upload = typeof file === "string" ? fresh(file) : file;
  const kind = upload.mimeType.startsWith("video") ? "video" : "image";
  const answer = await page.request.post(`/api/analyze-${kind}`, { multipart: { file: upload } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { job_id, owner_secret } = (await answer.json()) as UploadAccepted;
  if (owner_secret !== null) await page.addInitScript(keepSecret, [job_id, owner_secret] as const);
  return job_id;
}

/** Lets the pages of a browser change a job that was sent without them. */
function keepSecret(entry: readonly [string, string]): void {
  const name = "deepshield.secrets";
  const kept = JSON.parse(localStorage.getItem(name) ?? "[]") as unknown[];
  localStorage.setItem(name, JSON.stringify([...kept, entry]));
}

/** Uploads by the API and waits for the end of the analysis. */
export async function analysed(page: Page, file: string | Upload): Promise<ResultAnswer> {
  const id = await sent(page, file);
  await finished(page, id);
  return answerOf(page, id);
}

/** Waits until a job has ended, by the API. */
export async function finished(page: Page, id: string): Promise<void> {
  await expect
    .poll(async () => (await answerOf(page, id)).state, { timeout: 60_000, intervals: [100, 250] })
    .toMatch(/COMPLETED|FAILED|CANCELLED/);
}

/** Opens a job's page. */
export async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/result/?id=${id}`);
}

/** The id in the address of a result's page. */
export function idIn(page: Page): string {
  return new URL(page.url()).searchParams.get("id") ?? "";
}

/** Opens a result whose document differs from what the server said, to see states that no medium brings about at will. */
export async function openChanged(
  page: Page,
  id: string,
  change: (answer: ResultAnswer) => void,
): Promise<void> {
  await page.route(`**/api/results/${id}`, async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as ResultAnswer;
    change(answer);
    await route.fulfill({ response, json: answer });
  });
  await open(page, id);
}

/** Posts to the API as who is signed in, and takes the answer. */
export async function posted<Answer>(page: Page, path: string, data: object): Promise<Answer> {
  const answer = await page.request.post(path, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as Answer;
}

/** Creates an account and signs in, by the API. */
export async function signedIn(page: Page, email = `${crypto.randomUUID()}@example.org`): Promise<string> {
  const answer = await page.request.post("/api/auth/register", { data: { email, password: PASSWORD } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return email;
}

/** Analyses a file as who is signed in, and puts it up for review in a workspace that reviews. */
export async function toReview(page: Page, file: string): Promise<ResultAnswer> {
  const answer = await analysed(page, { ...fresh(file), name: file });
  const found = await page.request.get(`/api/media?q=sha256:${answer.sha256}`);
  const [medium] = ((await found.json()) as MediaPage).media;
  await posted(page, "/api/review/tasks", { media_id: medium?.id, note: "For the story of Monday." });
  // Only now, so that no result of the file is drawn for another review of it.
  const me = (await (await page.request.get("/api/auth/me")).json()) as MeAnswer;
  const turned = await page.request.patch(`/api/workspaces/${me.workspaces[0]?.id}`, {
    data: { asks_for_reviews: true },
  });
  expect(turned.ok(), await turned.text()).toBe(true);
  return answer;
}

/** Analyses a file and labels it by a review, both as who is signed in, in a workspace that has no other reader. */
export async function labelled(page: Page, file: string, value: "authentic" | "manipulated"): Promise<void> {
  const { media_id } = await analysed(page, { ...fresh(file), name: file });
  const tasks = "/api/review/tasks";
  await posted(page, tasks, { media_id });
  const { task } = await posted<NextTask>(page, `${tasks}/next`, {});
  const kinds = value === "manipulated" ? ["face_swap"] : [];
  const given = { answer: value, kinds, basis: ["own_record"], lease: task?.lease };
  await posted(page, `${tasks}/${task?.id}/answer`, given);
}

/** Freezes all labelled files as the first version of a data set; returns the data set's id. */
export async function frozen(page: Page): Promise<string> {
  const { id } = await posted<Dataset>(page, "/api/datasets", {
    name: "newsroom-2026",
    description: "What the desk has read.",
  });
  await posted(page, `/api/datasets/${id}/versions`, {
    licence: "CC-BY-4.0",
    consent: "not_asked",
    split: { train: 0, validation: 0, test: 1, seed: 0 },
  });
  return id;
}

/** Of every account in the tests. */
export const PASSWORD = "four words in a row";

/** Presses Tab until the control has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await control.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(control).toBeFocused();
}

/** Goes to a button or link by the Tab key and follows it. */
export async function press(page: Page, role: "button" | "link", name: string): Promise<void> {
  await tabTo(page, page.getByRole(role, { name, exact: true }));
  await page.keyboard.press("Enter");
}

/** Goes to a field by the Tab key and types, in place of what is there. */
export async function type(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, page.getByRole("textbox", { name: label, exact: true }));
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}
