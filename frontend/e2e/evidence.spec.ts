import { readFileSync } from "node:fs";

import type { Locator } from "@playwright/test";

import type { ResultAnswer } from "../src/api/schema";
import { expectAccessible, expectNoSidewaysScroll, expectTargets } from "./accessibility";
import { analysed, open, verdict } from "./steps";
import { expect, test, type Page } from "./test";

type Rect = { x: number; y: number; width: number; height: number };

/** The share of their common outline that two rectangles have in common. */
function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Where a box of the document lies on the screen, worked out from the picture alone. */
async function placeOf(picture: Locator, [left, top, right, bottom]: readonly number[]): Promise<Rect> {
  const { element, own } = await picture.evaluate((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    const video = node instanceof HTMLVideoElement ? node : null;
    const image = node instanceof HTMLImageElement ? node : null;
    return {
      element: { x, y, width, height },
      own: {
        width: video?.videoWidth ?? image?.naturalWidth ?? 0,
        height: video?.videoHeight ?? image?.naturalHeight ?? 0,
      },
    };
  });
  const scale = Math.min(element.width / own.width, element.height / own.height);
  const x = element.x + (element.width - own.width * scale) / 2;
  const y = element.y + (element.height - own.height * scale) / 2;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = [left, top, right, bottom];
  return { x: x + x0 * scale, y: y + y0 * scale, width: (x1 - x0) * scale, height: (y1 - y0) * scale };
}

/** Where the page has drawn a person's box, without its lines' thickness. */
async function drawn(page: Page, letter: string): Promise<Rect> {
  const box = page.locator(`[data-box="${letter}"]`);
  await expect(box).toBeVisible();
  return box.evaluate((node) => {
    const rect = node as SVGRectElement;
    const shape = rect.getBBox();
    const matrix = rect.getScreenCTM();
    const from = new DOMPoint(shape.x, shape.y).matrixTransform(matrix ?? undefined);
    const to = new DOMPoint(shape.x + shape.width, shape.y + shape.height).matrixTransform(
      matrix ?? undefined,
    );
    return { x: from.x, y: from.y, width: to.x - from.x, height: to.y - from.y };
  });
}

function faceAt(answer: ResultAnswer, letter: string, timeMs: number): readonly number[] {
  const faces = answer.result?.tracks.find(({ person }) => person === letter)?.faces ?? [];
  const face = faces.find(({ timestamp_ms }) => Math.abs((timestamp_ms ?? 0) - timeMs) < 1);
  expect(face, `a face of ${letter} at ${timeMs} ms`).toBeDefined();
  return face?.bbox ?? [];
}

function times(answer: ResultAnswer): number[] {
  return answer.result?.timeline.map(({ timestamp_ms }) => timestamp_ms ?? 0) ?? [];
}

const lane = (page: Page, letter: string) => page.getByRole("slider", { name: `Person ${letter}, timeline` });
const shownTime = (page: Page) =>
  page.locator("video").evaluate((video: HTMLVideoElement) => 1000 * video.currentTime);

test("boxes stay on the faces of a video at every width", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
  const sample = times(answer)[20] ?? 0;
  await lane(page, "A").focus();
  await page.keyboard.press("Home");
  for (let step = 0; step < 20; step++) await page.keyboard.press("ArrowRight");
  await expect.poll(() => shownTime(page)).toBeGreaterThan(sample - 1);
  for (const size of [
    { width: 1280, height: 900 },
    { width: 700, height: 900 },
    { width: 360, height: 740 },
    { width: 1600, height: 700 },
  ]) {
    await page.setViewportSize(size);
    await expect
      .poll(
        async () =>
          overlap(await drawn(page, "A"), await placeOf(page.locator("video"), faceAt(answer, "A", sample))),
        {
          message: `${size.width} px wide`,
        },
      )
      .toBeGreaterThanOrEqual(0.95);
  }
});

test("boxes stay on the faces of a photo at every width", async ({ page }) => {
  const answer = await analysed(page, "people.jpg");
  await open(page, answer.job_id);
  const picture = page.getByRole("img", { name: /^The photo/ });
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const letter of ["A", "B"]) {
      await expect
        .poll(async () =>
          overlap(await drawn(page, letter), await placeOf(picture, faceAt(answer, letter, 0))),
        )
        .toBeGreaterThanOrEqual(0.95);
    }
  }
});

test("seeking by click, by key and by the numbers lands within one sample", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
  const samples = times(answer);
  const step = ((samples.at(-1) ?? 0) - (samples[0] ?? 0)) / (samples.length - 1);
  const near = (wanted: number) =>
    expect.poll(async () => Math.abs((await shownTime(page)) - wanted)).toBeLessThanOrEqual(step);

  const track = lane(page, "A");
  const box = await track.boundingBox();
  const duration = answer.result?.media?.duration_ms ?? 0;
  for (const share of [0.25, 0.8]) {
    await track.click({ position: { x: (box?.width ?? 0) * share, y: (box?.height ?? 0) - 20 } });
    await near(share * duration);
  }
  await track.focus();
  await page.keyboard.press("Home");
  await near(samples[0] ?? 0);
  await page.keyboard.press("ArrowRight");
  await near(samples[1] ?? 0);
  await page.keyboard.press("End");
  await near(samples.at(-1) ?? 0);

  const top = answer.result?.top_k_suspicious[0];
  await page.getByRole("button", { name: /^Moment 1:/ }).click();
  await near(top?.timestamp_ms ?? 0);
});

test("the table has the same numbers as the chart, and gaps are gaps in both", async ({ page }) => {
  const answer = await analysed(page, "meeting.mp4");
  await open(page, answer.job_id);
  await expect(verdict(page)).toBeVisible();
  await page.getByRole("button", { name: "Show as table" }).click();
  const table = page.getByRole("table", { name: "Score of each person in each sampled frame" });
  const letters = answer.result?.tracks.map(({ person }) => person) ?? [];
  await expect(table.getByRole("columnheader")).toHaveText([
    "Time",
    ...letters.map((letter) => `Person ${letter}`),
  ]);

  const wanted = answer.result?.timeline ?? [];
  await expect(table.getByRole("row")).toHaveCount(wanted.length + 1);
  for (const [column, letter] of letters.entries()) {
    await lane(page, letter).focus();
    await page.keyboard.press("Home");
    const given = answer.result?.tracks.find(({ person }) => person === letter)?.final_score !== null;
    for (const [row, { scores }] of wanted.entries()) {
      const score = given ? scores[letter] : undefined;
      if (!given && scores[letter] !== undefined) continue; // withheld
      const cell = table
        .getByRole("row")
        .nth(row + 1)
        .getByRole("cell")
        .nth(column);
      await expect(cell).toHaveText(
        score === undefined || score === null ? "no face" : `${Math.round(100 * score)} %`,
      );
      await expect(lane(page, letter)).toHaveAttribute(
        "aria-valuetext",
        score === undefined || score === null ? /no face/ : new RegExp(`score ${Math.round(100 * score)}$`),
      );
      await page.keyboard.press("ArrowRight");
    }
    // Where somebody is away for longer than a sample and a half, the line is broken.
    const seen = wanted.map(({ scores }) => typeof scores[letter] === "number");
    const runs = seen.filter((here, at) => here && !seen[at - 1]).length;
    const path = (await page.locator(`path[data-line="${letter}"]`).getAttribute("d")) ?? "";
    expect(path.match(/M/g)).toHaveLength(runs);
  }
  expect(letters.length).toBe(2);
});

test("the sound has a lane and a section: by keyboard, in German, on a phone", async ({ page }) => {
  const answer = await analysed(page, "meeting.mp4");
  const sound = answer.result?.sound;
  const [spoken] = sound?.speech ?? [];
  expect(spoken, "somebody speaks").toBeDefined();
  await open(page, answer.job_id);
  const track = page.getByRole("slider", { name: "Sound, level and speech" });
  await expect(track.locator("[data-speech]")).toHaveCount(sound?.speech?.length ?? 0);
  await lane(page, answer.result?.tracks.at(-1)?.person ?? "").focus();
  await page.keyboard.press("Tab");
  await expect(track).toBeFocused();
  await page.keyboard.press("Home");
  const heard = new Set<string>();
  for (const time of times(answer)) {
    const level = sound?.level?.dbfs[Math.floor(time / (sound.level.step_ms ?? 1))] ?? NaN;
    const speaks = sound?.speech?.some(({ start_ms, end_ms }) => start_ms <= time && time < end_ms);
    const said = `level ${Math.round(level)} dBFS, ${speaks ? "somebody speaks" : "nobody speaks"}`;
    await expect(track).toHaveAttribute("aria-valuetext", new RegExp(`^0:0\\d\\.\\d of 0:06, ${said}$`));
    heard.add(speaks ? "speech" : "none");
    await page.keyboard.press("ArrowRight");
  }
  expect(heard.size, "speech and none").toBe(2);

  const section = page.locator("#sound");
  await expect(section).toContainText("The voice itself was not judged.");
  await expect(section).toContainText("16 kHz, 1 channel");
  await expect(section.getByRole("listitem")).toHaveText([
    /^0:04\.5: digital silence of \d+ ms \(\d+ of \d+/,
  ]);

  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await expect(section).toContainText("Die Stimme selbst wurde nicht beurteilt.");
  await expect(page.getByRole("slider", { name: "Ton, Pegel und Sprache" })).toHaveAttribute(
    "aria-valuetext",
    /dBFS, (jemand|niemand) spricht$/,
  );
  await expectNoSidewaysScroll(page);
  await expectTargets(page, 24);
  await expectAccessible(page);
});

test("the scale shows threshold, band, interval and how often such an estimate was right", async ({
  page,
}) => {
  const answer = await analysed(page, "edited.jpg");
  await open(page, answer.job_id);
  const percent = (share?: number) => `${Math.round(100 * (share ?? NaN))} %`;
  const threshold = percent(answer.result?.decision_threshold);
  const [low, high] = answer.result?.abstain_band ?? [];
  const scale = page.getByRole("img", {
    name: `The threshold is ${threshold}. Between ${percent(low)} and ${percent(high)} there is no verdict`,
  });
  await expect(scale).toBeVisible();
  await expect(scale.locator("circle")).toHaveCount(1);
  await expect(page.getByText(/In our tests, \d+ of 100 files with about such an estimate/)).toBeVisible();
  await expect(page.getByText(/where fakes are rarer, the chance is lower/)).toBeVisible();
});

for (const [name, why] of [
  ["walk.avi", "an old container"],
  ["walk-hevc.mp4", "a codec without a decoder"],
] as const) {
  test(`a video that browsers cannot play (${why}) is played from its preview`, async ({ page }) => {
    const answer = await analysed(page, name);
    await open(page, answer.job_id);
    await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
    expect(
      await page.locator("video").evaluate((video: HTMLVideoElement) => Math.round(video.duration)),
    ).toBe(3);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(() => shownTime(page)).toBeGreaterThan(200);
  });
}

test("somebody looks at a moment: plain, map in two colours, whole frame", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  await page.getByRole("button", { name: /^Moment 1:/ }).click();
  const strength = page.getByRole("slider", { name: "Strength of the map" });
  await expect(strength).toHaveValue("55");
  await strength.fill("0");
  await expect(strength).toHaveValue("0");
  await expect(page.getByRole("figure", { name: "low influence high" })).toBeVisible();
  await page.getByRole("combobox", { name: "Colours" }).selectOption("Inferno");
  await expect(
    page.getByText("Where the score came from, not where an edit is.", { exact: true }),
  ).toBeVisible();
  await page.getByRole("button", { name: "Whole frame" }).click();
  await expect(page.getByRole("img", { name: /^Whole frame of number 1/ })).toBeVisible();
});

test("exports hold what is shown", async ({ page }) => {
  const answer = await analysed(page, "clip.mp4");
  await open(page, answer.job_id);
  const exported = async (item: string | RegExp) => {
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: item }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  };
  const json = JSON.parse((await exported("All figures (JSON)")).bytes.toString()) as {
    result?: { final_score: number };
    final_score?: number;
  };
  expect(json.result?.final_score ?? json.final_score).toBe(answer.result?.final_score);
  const csv = (await exported("Timeline (CSV)")).bytes.toString().trim().split(/\r?\n/);
  expect(csv).toHaveLength((answer.result?.timeline.length ?? 0) + 1);
  const map = await exported(/^Map 1/);
  expect(map.bytes.subarray(1, 4).toString()).toBe("PNG");
  const all = await exported("All maps (ZIP)");
  expect(all.bytes.subarray(0, 2).toString()).toBe("PK");
});

test("the frame that is shown and a contact sheet are saved without boxes, and search engines come after the notice", async ({
  page,
}) => {
  const { job_id } = await analysed(page, "clip.mp4");
  await open(page, job_id);
  await expect(page.locator("video")).toHaveJSProperty("readyState", 4);
  const saved = async (button: string) => {
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: button, exact: true }).click();
    const download = await coming;
    const png = readFileSync(await download.path());
    return { name: download.suggestedFilename(), width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
  };
  const own = await page.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth);
  const frame = await saved("Save frame");
  expect(frame.name).toMatch(/^clip-0m\d\d\.\ds\.png$/);
  expect(frame.width).toBe(own);
  const sheet = await saved("Contact sheet");
  expect(sheet.name).toBe("clip-contact-sheet.png");
  expect(sheet.width).toBe(1600);
  expect(sheet.height).toBeGreaterThan(600);
  await page.getByRole("button", { name: "Search this picture" }).click();
  await expect(page.getByRole("dialog")).toContainText("it then leaves this server");
  await expect(page.getByRole("dialog").getByRole("link")).toHaveCount(0);
  await saved("Save it");
  await expect(page.getByRole("dialog").getByRole("link")).toHaveCount(4);
});

test("two videos are moved together, also by an offset, and what differs is marked", async ({ page }) => {
  const [one, other] = [await analysed(page, "clip.mp4"), await analysed(page, "meeting.mp4")];
  await page.goto(`/compare/?a=${one.job_id}&b=${other.job_id}`);
  const videos = page.locator("video");
  await expect(videos).toHaveCount(2);
  for (const index of [0, 1]) await expect(videos.nth(index)).toHaveJSProperty("readyState", 4);
  const times = () =>
    videos.evaluateAll((both) => both.map((video) => (video as HTMLVideoElement).currentTime));
  await page.getByRole("slider", { name: "Position" }).fill("1000");
  await expect.poll(async () => Math.abs((await times())[0]! - (await times())[1]!)).toBeLessThan(0.1);
  await page.getByRole("spinbutton", { name: /ahead/ }).fill("0.4");
  await expect.poll(async () => (await times())[1]! - (await times())[0]!).toBeCloseTo(0.4, 1);
  await page.getByRole("button", { name: "Play" }).click();
  await expect.poll(async () => (await times())[1]!).toBeGreaterThan(1.8);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect.poll(async () => (await times())[1]! - (await times())[0]!).toBeCloseTo(0.4, 1);
  const size = page.getByRole("row", { name: /Size/ });
  await expect(size).toContainText("differs");
  await page.getByRole("button", { name: "Swap the files" }).click();
  await expect(page).toHaveURL(new RegExp(`a=${other.job_id}&b=${one.job_id}`));
});
