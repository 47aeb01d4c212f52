import { folderOf, fresh } from "./media";
import type { Product } from "./product";
import {
  analysed,
  choose,
  dropPaths,
  frozen,
  labelled,
  open,
  openChanged,
  openStart,
  posted,
  sent,
  signedIn,
  toReview,
  verdict,
} from "./steps";
import { expect, type Page } from "./test";

/** A page in one of its states, and how a visitor gets there. */
export type State = { name: string; show: (page: Page, product: Product) => Promise<void> };

const heading = (page: Page, name: string | RegExp) =>
  expect(page.getByRole("heading", { level: 1, name })).toBeVisible({ timeout: 60_000 });

async function result(page: Page, file: string): Promise<void> {
  const { job_id } = await analysed(page, { ...fresh(file), name: file });
  await open(page, job_id);
  await expect(verdict(page)).toBeVisible();
}

async function showVideo(page: Page, file: string): Promise<void> {
  await result(page, file);
  await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
}

async function photoShown(page: Page): Promise<void> {
  const photo = page.getByRole("img", { name: /^The photo/ });
  await expect(photo).toHaveJSProperty("complete", true);
  await expect(photo).not.toHaveJSProperty("naturalWidth", 0);
}

async function still(page: Page, file: string): Promise<void> {
  await result(page, file);
  await photoShown(page);
  await expect(page.locator("[data-box]").first()).toBeVisible();
}

/** Gives a file of the library a tag, a hold and a comment, and marks it as sensitive; returns its id. */
async function described(page: Page, sha256: string | null): Promise<string> {
  const found = (await (await page.request.get(`/api/media?q=sha256:${sha256}`)).json()) as {
    media: { id: string; revision: number }[];
  };
  const { id = "", revision } = found.media[0] ?? {};
  const headers = { "If-Match": `"${revision}"` };
  const answers = [
    await page.request.patch(`/api/media/${id}`, {
      headers,
      data: { tags: ["desk", "lipsync"], sensitivity: "sensitive" },
    }),
    await page.request.put(`/api/media/${id}/hold`, { data: { reason: "Evidence in a complaint." } }),
    await page.request.post(`/api/media/${id}/comments`, {
      data: { text: "Seen on the desk's channel on Monday." },
    }),
  ];
  for (const answer of answers) expect(answer.ok(), await answer.text()).toBe(true);
  return id;
}

/** Shown by a service without accounts. */
export const STATES: State[] = [
  {
    name: "start",
    show: async (page) => {
      await openStart(page);
      await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
      await expect(page.getByRole("region", { name: /sample/i }).getByRole("button")).toHaveCount(4);
    },
  },
  {
    name: "queue",
    show: async (page, product) => {
      product.freeze();
      await openStart(page);
      await choose(page, fresh("clip.mp4"), fresh("portrait.jpg"), fresh("words.jpg"));
      await expect(page.getByText(/We cannot read this kind of file/)).toBeVisible();
    },
  },
  {
    name: "analysing",
    show: async (page, product) => {
      product.freeze();
      await open(page, await sent(page, "clip.mp4"));
      await expect(page.getByRole("progressbar")).toBeVisible();
    },
  },
  { name: "video", show: (page) => showVideo(page, "clip.mp4") },
  {
    name: "compare",
    show: async (page) => {
      const [one, other] = [await analysed(page, "clip.mp4"), await analysed(page, "meeting.mp4")];
      await page.goto(`/compare/?a=${one.job_id}&b=${other.job_id}`);
      for (const index of [0, 1])
        await expect(page.locator("video").nth(index)).toHaveJSProperty("readyState", 4);
    },
  },
  {
    name: "video-table",
    show: async (page) => {
      await showVideo(page, "meeting.mp4");
      await page.getByRole("button", { name: "Show as table" }).click();
      await expect(
        page.getByRole("table", { name: "Score of each person in each sampled frame" }),
      ).toBeVisible();
    },
  },
  { name: "photo", show: (page) => still(page, "edited.jpg") },
  { name: "photo-no-signs", show: (page) => still(page, "portrait.jpg") },
  {
    name: "marking",
    show: async (page) => {
      await still(page, "portrait.jpg");
      await page.getByRole("button", { name: "Mark a face" }).click();
      await expect(page.getByRole("heading", { name: "Mark a face in the photo" })).toBeFocused();
    },
  },
  { name: "photo-people", show: (page) => still(page, "people.jpg") },
  { name: "too-little", show: (page) => still(page, "blurred.jpg") },
  {
    name: "no-face",
    show: async (page) => {
      await open(page, (await analysed(page, "landscape.jpg")).job_id);
      await heading(page, "No face found");
      await photoShown(page);
    },
  },
  {
    name: "damaged",
    show: async (page) => {
      await open(page, (await analysed(page, "broken.mp4")).job_id);
      await heading(page, "We could not read the pictures");
    },
  },
  {
    name: "our-fault",
    show: async (page) => {
      await openChanged(page, (await analysed(page, "portrait.jpg")).job_id, (told) => {
        told.state = "FAILED";
        told.result = null;
        told.error = { error_code: "INTERNAL_ERROR", message: "Something went wrong." } as typeof told.error;
      });
      await heading(page, "Something went wrong on our side");
    },
  },
  {
    name: "expired",
    show: async (page) => {
      await openChanged(page, (await analysed(page, "clip.mp4")).job_id, (told) => {
        told.files_deleted = true;
        told.artifacts = [];
      });
      await expect(page.getByText(/The summary remains/)).toBeVisible();
    },
  },
  {
    name: "law",
    show: async (page) => {
      await page.goto("/law/?country=US");
      await expect(page.getByRole("heading", { level: 2, name: "United States" })).toBeVisible();
    },
  },
  {
    name: "unknown-link",
    show: async (page) => {
      await open(page, "00000000-0000-4000-8000-000000000000");
      await heading(page, "We cannot show this result");
    },
  },
  {
    name: "export-menu",
    show: async (page) => {
      await result(page, "edited.jpg");
      await page.getByRole("button", { name: "Export" }).click();
      await expect(page.getByRole("menu")).toBeVisible();
    },
  },
  {
    name: "share-dialog",
    show: async (page) => {
      await result(page, "edited.jpg");
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("button", { name: "Make a link" }).click();
      await expect(page.getByRole("textbox", { name: "Link" })).toBeVisible();
    },
  },
  {
    name: "history",
    show: async (page) => {
      await openStart(page);
      await choose(
        page,
        fresh("clip.mp4"),
        fresh("portrait.jpg"),
        fresh("edited.jpg"),
        fresh("landscape.jpg"),
        fresh("broken.jpg"),
      );
      await expect(page.getByRole("link", { name: /See result/ })).toHaveCount(4, { timeout: 60_000 });
      await page.goto("/history/");
      await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(5);
      await expect(
        page.getByRole("main").getByRole("listitem").filter({ hasText: "clip.mp4" }),
      ).toContainText(/\((estimated )?\d+\s%(, range [^)]*)?\)/);
    },
  },
  {
    name: "batches-empty",
    show: async (page) => {
      await page.goto("/batch/");
      await expect(page.getByText("There are no batches yet.")).toBeVisible();
    },
  },
  {
    name: "batch",
    show: async (page) => {
      await batchOf(page, "Holiday", ["edited.jpg", "portrait.jpg", "landscape.jpg", "broken.jpg"]);
      await heading(page, "Holiday");
      await expect(page.getByText("Finished")).toBeVisible({ timeout: 60_000 });
      await expect(page.getByRole("row")).toHaveCount(5);
    },
  },
  {
    name: "batches",
    show: async (page) => {
      await batchOf(page, "Holiday", ["portrait.jpg"]);
      await page.goto("/batch/");
      await expect(page.getByRole("link", { name: "Holiday" })).toBeVisible();
    },
  },
  {
    name: "history-empty",
    show: async (page) => {
      await page.goto("/history/");
      await expect(page.getByRole("main").getByText("Nothing analysed yet")).toBeVisible();
    },
  },
  {
    name: "limits",
    show: async (page) => {
      await page.goto("/limits/");
      await heading(page, /./);
      await expect(page.getByRole("table").first()).toBeVisible();
    },
  },
  {
    name: "no-such-page",
    show: async (page) => {
      await page.goto("/nowhere/");
      await heading(page, "There is no such page");
    },
  },
];

/** Drops a folder on the start page, which leads to the page of its batch. */
async function batchOf(page: Page, name: string, files: string[]): Promise<void> {
  await openStart(page);
  await dropPaths(page, [folderOf(name, files)]);
  await expect(page).toHaveURL(/\/batch\/\?id=/);
}

/** Drafts a policy by the API, as who is signed in. */
async function policyDrafted(page: Page, name: string): Promise<void> {
  const data = { name, reason: "As agreed on Monday.", threshold: 0.9, abstain_low: 0.7, abstain_high: 0.95 };
  await posted(page, "/api/policies", data);
}

/** Makes a workspace and an invitation to it; returns the invitation's link. */
async function workspaceMade(page: Page, name: string): Promise<string> {
  await page.goto("/people/");
  await page.getByLabel("Name of the workspace").fill(name);
  await page.getByRole("button", { name: "Make workspace" }).click();
  await heading(page, "Workspace");
  await page.getByRole("button", { name: "Make link" }).click();
  const link = page.getByRole("textbox", { name: "The link" });
  await expect(page.getByRole("button", { name: /^Revoke the link/ })).toBeVisible();
  return link.inputValue();
}

/** Shown by a service that requires accounts. */
export const ACCOUNT_STATES: State[] = [
  {
    name: "login",
    show: async (page) => {
      await page.goto("/login/");
      await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    },
  },
  {
    name: "login-refused",
    show: async (page) => {
      await page.goto("/login/");
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
    },
  },
  {
    name: "register",
    show: async (page) => {
      await page.goto("/register/");
      await expect(page.getByRole("button", { name: "Create account" })).toBeVisible();
    },
  },
  {
    name: "account",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await analysed(page, "portrait.jpg");
      await page.goto("/account/");
      await expect(page.getByText(/1 of 3 analyses today/)).toBeVisible();
    },
  },
  {
    name: "library",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      const { sha256 } = await analysed(page, { ...fresh("edited.jpg"), name: "edited.jpg" });
      await analysed(page, { ...fresh("portrait.jpg"), name: "portrait.jpg" });
      await described(page, sha256);
      await page.goto("/library/");
      await page.getByRole("checkbox", { name: "Choose portrait.jpg" }).click();
      await expect(page.getByText("1 file chosen")).toBeVisible();
    },
  },
  {
    name: "media",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      const { sha256 } = await analysed(page, { ...fresh("edited.jpg"), name: "edited.jpg" });
      const id = await described(page, sha256);
      await page.goto(`/media/?id=${id}`);
      await expect(page.getByRole("button", { name: "Show the picture" })).toBeVisible();
      await expect(page.getByText("Seen on the desk's channel")).toBeVisible();
    },
  },
  {
    name: "review",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await toReview(page, "edited.jpg");
      await page.goto("/review/");
      await page.getByRole("button", { name: "Start reading" }).click();
      await heading(page, "edited.jpg");
      await page.getByRole("radio", { name: "Manipulated" }).click();
      await page.getByRole("button", { name: "Show the picture, with sound" }).click();
      await expect(page.locator("[data-box]").first()).toBeVisible();
    },
  },
  {
    name: "review-told",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await toReview(page, "edited.jpg");
      await page.goto("/review/");
      await page.getByRole("button", { name: "Start reading" }).click();
      await page.getByRole("radio", { name: "Cannot tell" }).click();
      await page.getByRole("button", { name: "Submit" }).click();
      await heading(page, "Answered: edited.jpg");
    },
  },
  {
    name: "dataset",
    show: async (page) => {
      await signedIn(page);
      await labelled(page, "portrait.jpg", "authentic");
      await labelled(page, "edited.jpg", "manipulated");
      await page.goto(`/datasets/?id=${await frozen(page)}&version=1`);
      await heading(page, "newsroom-2026@1");
    },
  },
  {
    name: "dataset-freeze",
    show: async (page) => {
      await signedIn(page);
      await labelled(page, "edited.jpg", "manipulated");
      await page.goto(`/datasets/?id=${await frozen(page)}`);
      await page.getByRole("textbox", { name: "Licence" }).fill("CC-BY-4.0");
      await page.getByRole("button", { name: "Count the files" }).click();
      await expect(page.getByText("There is nothing to freeze.")).toBeVisible();
    },
  },
  {
    name: "measure",
    show: async (page) => {
      await signedIn(page);
      await labelled(page, "portrait.jpg", "authentic");
      await labelled(page, "landscape.jpg", "authentic");
      await labelled(page, "edited.jpg", "manipulated");
      await page.goto(`/datasets/?id=${await frozen(page)}&version=1`);
      await page.getByRole("button", { name: "Measure the model" }).click();
      await page.getByRole("button", { name: "Measure what there is" }).click();
      await expect(page.getByRole("img", { name: /^ROC curve/ })).toBeVisible({ timeout: 60_000 });
    },
  },
  {
    name: "policy-draft",
    show: async (page) => {
      await signedIn(page);
      await labelled(page, "portrait.jpg", "authentic");
      await labelled(page, "landscape.jpg", "authentic");
      await labelled(page, "edited.jpg", "manipulated");
      await frozen(page);
      await page.goto("/policies/?draft=new");
      await expect(page.getByRole("img", { name: /^How many of your files/ })).toBeVisible();
      await expect(page.getByRole("img", { name: /^False alarms and misses/ })).toBeVisible();
      await page.getByRole("slider", { name: "Threshold" }).fill("0.5");
      await expect(page.getByText(/^[1-9] of 3 verdicts would change/)).toBeVisible();
    },
  },
  {
    name: "policy",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await policyDrafted(page, "Fewer false alarms");
      await page.goto("/policies/?number=1");
      await expect(page.getByText("Nobody else is in a personal workspace.")).toBeVisible();
    },
  },
  {
    name: "policies",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await policyDrafted(page, "Fewer false alarms");
      await policyDrafted(page, "Only what is sure");
      await page.goto("/policies/");
      await expect(page.getByRole("link", { name: "2: Only what is sure" })).toBeVisible();
    },
  },
  {
    name: "review-tasks",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await toReview(page, "edited.jpg");
      await page.goto("/review/?view=tasks");
      await expect(page.getByRole("rowheader", { name: "edited.jpg" })).toBeVisible();
    },
  },
  {
    name: "review-empty",
    show: async (page) => {
      await signedIn(page);
      await page.goto("/review/");
      await expect(page.getByText("Nothing waits for you")).toBeVisible();
    },
  },
  {
    name: "library-empty",
    show: async (page) => {
      await signedIn(page);
      await page.goto("/library/");
      await expect(page.getByText("No files yet")).toBeVisible();
    },
  },
  {
    name: "people-signed-out",
    show: async (page) => {
      await page.goto("/people/");
      await expect(page.getByRole("main").getByRole("link", { name: "Sign in" })).toBeVisible();
    },
  },
  {
    name: "people-personal",
    show: async (page) => {
      await signedIn(page);
      await page.goto("/people/");
      await expect(page.getByRole("heading", { level: 2, name: "My own workspace" })).toBeVisible();
    },
  },
  {
    name: "people",
    show: async (page) => {
      await signedIn(page, `ada-${Date.now()}@example.org`);
      await workspaceMade(page, "Newsroom");
      await expect(page.getByText(/member since/)).toBeVisible();
    },
  },
  {
    name: "invitation",
    show: async (page) => {
      await signedIn(page);
      const link = await workspaceMade(page, "Newsroom");
      await page.context().clearCookies();
      await page.goto(link);
      await expect(page.getByRole("link", { name: "Sign in to accept" })).toBeVisible();
    },
  },
  {
    name: "invitation-used-up",
    show: async (page) => {
      await page.goto("/people/?invitation=unknown");
      await expect(page.getByText("This invitation cannot be used")).toBeVisible();
    },
  },
  {
    name: "history-account",
    show: async (page) => {
      await signedIn(page);
      for (const file of ["edited.jpg", "portrait.jpg", "landscape.jpg"]) await analysed(page, file);
      await page.goto("/history/");
      await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(3);
    },
  },
  {
    name: "history-signed-out",
    show: async (page) => {
      await page.goto("/history/");
      await expect(page.getByRole("main").getByRole("link", { name: "Sign in" })).toBeVisible();
    },
  },
  {
    name: "quota-used",
    show: async (page) => {
      await signedIn(page);
      for (const file of ["edited.jpg", "portrait.jpg", "landscape.jpg"]) await analysed(page, file);
      await openStart(page);
      await choose(page, fresh("portrait.jpg"));
      await expect(page.getByText(/analyses are used/).first()).toBeVisible();
    },
  },
];
