"use strict";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const FINAL = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const STAGES = {
  validating: "Checking file",
  frame_extraction: "Picking frames",
  face_detection: "Finding faces",
  inference: "Scoring faces",
  aggregation: "Combining",
  explainability: "Drawing maps",
  saving_results: "Saving",
};
const OURS = new Set([
  "ANALYSIS_TIMEOUT", "ANALYSIS_CRASHED", "WORKER_LOST", "UPLOAD_LOST", "STORAGE_FULL", "MODEL_NOT_AVAILABLE",
  "SERVICE_UNAVAILABLE", "INTERNAL_ERROR",
]);
const POLL_MS = [1000, 2000, 5000];

let limits = null;
let jobId = null;
let stream = null;
let timer = null;
let sending = null;
let announced = -1;

class Refusal extends Error {
  constructor(status, body) {
    const error = (body && body.error) || {};
    super(error.message || "Something went wrong on our side.");
    this.status = status;
    this.code = error.error_code || "INTERNAL_ERROR";
    this.requestId = body && body.request_id;
  }
}

async function ask(path, options = {}) {
  const response = await fetch(path, { credentials: "same-origin", ...options });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

const post = (path, data) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data || {}) });

function show(...ids) {
  for (const id of ["sign-in", "upload", "work", "result", "failure"]) $(id).hidden = !ids.includes(id);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function percent(value) {
  if (value === null || value === undefined) return "no estimate";
  if (value < 0.01) return "<1 %";
  if (value > 0.99) return ">99 %";
  return `${Math.round(100 * value)} %`;
}

function clock(milliseconds) {
  const tenths = Math.round(milliseconds / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = Math.floor((tenths % 600) / 10);
  return `${minutes}:${String(seconds).padStart(2, "0")}.${tenths % 10}`;
}

function seconds(value) {
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function hours(value) {
  return value >= 48 ? `${Math.round(value / 24)} days` : `${Math.round(value)} h`;
}

/* Start */

async function begin() {
  limits = await ask("/api/limits");
  const megabytes = Math.round(limits.upload.max_bytes / 1048576);
  $("limits").textContent =
    `MP4, MOV, WebM, JPEG, PNG, WebP. Up to ${megabytes} MB and ${seconds(limits.video.max_duration_seconds)} min.`;
  $("retention").textContent = `Stays on this server, deleted after ${hours(limits.retention.upload_hours)}.`;
  $("model").textContent = limits.model ? `Model ${limits.model.bundle} ${limits.model.version}.` : "There is no model.";
  $("register").hidden = !limits.accounts.registration_open;
  const known = await whoAmI();
  if (!known && limits.accounts.required) return show("sign-in");
  const given = new URLSearchParams(location.hash.slice(1)).get("job");
  if (given) return follow(given);
  show("upload");
}

async function whoAmI() {
  try {
    const me = await ask("/api/auth/me");
    $("who").textContent = me.email;
    $("account").hidden = false;
    return true;
  } catch (error) {
    return false;
  }
}

async function signIn(event) {
  event.preventDefault();
  const form = event.target;
  const action = event.submitter ? event.submitter.value : "login";
  $("sign-in-problem").textContent = "";
  try {
    await post(`/api/auth/${action}`, { email: form.email.value, password: form.password.value });
    form.reset();
    await begin();
  } catch (error) {
    $("sign-in-problem").textContent = error.message;
  }
}

async function signOut() {
  await post("/api/auth/logout").catch(() => null);
  location.assign("/");
}

/* Upload */

function kindOf(file) {
  if (file.type.startsWith("image/")) return "image";
  if (file.type.startsWith("video/")) return "video";
  const name = file.name.toLowerCase();
  return limits.image.extensions.some((extension) => name.endsWith(extension)) ? "image" : "video";
}

function send(file) {
  if (!file) return;
  if (file.size > limits.upload.max_bytes) {
    const most = Math.round(limits.upload.max_bytes / 1048576);
    $("upload-problem").textContent =
      `This file has ${Math.ceil(file.size / 1048576)} MB, the limit is ${most}. Cut a part; compressing hides signs.`;
    return;
  }
  $("upload-problem").textContent = "";
  show("work");
  $("work-title").textContent = file.name;
  progress(0, "Sending", "");
  const form = new FormData();
  form.append("file", file, file.name);
  const request = (sending = new XMLHttpRequest());
  request.open("POST", `/api/analyze-${kindOf(file)}`);
  request.responseType = "json";
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) progress((100 * event.loaded) / event.total, "Sending", "");
  };
  request.onload = () => {
    sending = null;
    if (request.status === 200) return follow(request.response.job_id);
    if (request.status === 401) return show("sign-in");
    refuseUpload(new Refusal(request.status, request.response).message);
  };
  request.onerror = () => {
    sending = null;
    refuseUpload("No connection. Nothing was sent.");
  };
  request.send(form);
}

function refuseUpload(message) {
  show("upload");
  $("upload-problem").textContent = message;
}

/* Progress: events are a hint, the result is the truth */

function follow(id) {
  jobId = id;
  announced = -1;
  history.replaceState(null, "", `#job=${encodeURIComponent(id)}`);
  refresh(0);
  stream = new EventSource(`/api/jobs/${encodeURIComponent(id)}/events`);
  stream.addEventListener("progress", (event) => paint(JSON.parse(event.data)));
  for (const name of ["final", "deleted"]) stream.addEventListener(name, () => refresh(0));
}

function stop() {
  if (stream) stream.close();
  stream = null;
  clearTimeout(timer);
}

async function refresh(round) {
  clearTimeout(timer);
  let job;
  try {
    job = await ask(`/api/results/${encodeURIComponent(jobId)}`);
  } catch (error) {
    if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
      stop();
      return fail("We cannot show this result", error.message, false);
    }
    $("stage").textContent = "No connection. A started analysis goes on.";
    timer = setTimeout(() => refresh(round + 1), POLL_MS[2]);
    return;
  }
  if (!FINAL.has(job.state)) {
    paint(job);
    const wait = POLL_MS[Math.min(round, POLL_MS.length - 1)] * (0.8 + 0.4 * Math.random());
    timer = setTimeout(() => refresh(round + 1), wait);
    return;
  }
  stop();
  if (job.state === "COMPLETED") return finish(job);
  if (job.state === "CANCELLED") return fail("Cancelled", "Nothing was kept.", false);
  const ours = OURS.has(job.error.error_code);
  fail(ours ? "Something went wrong on our side" : "We could not analyse this file", failureText(job, ours), true);
}

function failureText(job, ours) {
  return ours ? `${job.error.message} It did not count. Reference ${job.job_id.slice(0, 8)}.` : job.error.message;
}

function paint(job) {
  show("work");
  if (job.metadata) $("work-title").textContent = job.metadata.original_filename;
  const counts = job.progress;
  const waits = job.state === "QUEUED";
  const told = counts.frames_planned
    ? `${counts.frames_decoded} of ${counts.frames_planned} frames, ${counts.faces_found} faces found, ${counts.faces_scored} scored`
    : "";
  progress(job.progress_percent, waits ? "Waiting for a worker" : STAGES[job.stage], told);
}

function progress(value, stage, counts) {
  $("bar").value = value;
  $("stage").textContent = `${stage} ${Math.round(value)} %`;
  $("counts").textContent = counts;
  document.title = `${Math.round(value)} % DeepShield`;
  const quarter = Math.floor(value / 25);
  if (quarter > announced) $("live").textContent = `${stage} ${Math.round(value)} %`;
  announced = Math.max(announced, quarter);
}

/* Outcome */

function fail(title, text, again) {
  show("failure");
  $("failure-title").textContent = title;
  $("failure-text").textContent = text;
  $("retry").hidden = !again;
  document.title = `${title} - DeepShield`;
  $("failure").focus();
}

function finish(job) {
  const result = job.result;
  show("result");
  $("result").dataset.verdict = result.verdict;
  $("result-file").textContent = job.metadata.original_filename;
  $("verdict").textContent = result.score_interpretation;
  $("advice").textContent = result.advice || "";
  $("reasons").replaceChildren(...result.reasons.map((reason) => element("li", { textContent: reason.message })));
  $("scale").replaceChildren(...scale(result));
  people(result, job.media_type);
  moments(result, job.media_type);
  trust(job);
  document.title = `${result.score_interpretation} - DeepShield`;
  $("live").textContent = result.score_interpretation;
  $("result").focus();
}

function scale(result) {
  if (result.final_score === null && result.interval === null) return [];
  const at = (value) => 20 + 560 * value;
  const drawing = shape("svg", { viewBox: "0 0 600 56", role: "img", "aria-label": result.score_interpretation });
  const hatch = shape("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  hatch.append(shape("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "scale-hatch" }));
  const [low, high] = result.abstain_band;
  drawing.append(
    hatch,
    shape("rect", { x: at(low), y: 14, width: at(high) - at(low), height: 20, class: "scale-band" }),
    shape("line", { x1: at(0), y1: 24, x2: at(1), y2: 24, class: "scale-line" }),
    shape("line", { x1: at(result.decision_threshold), y1: 8, x2: at(result.decision_threshold), y2: 40, class: "scale-threshold" }),
  );
  if (result.interval) {
    drawing.append(shape("line", { x1: at(result.interval[0]), y1: 24, x2: at(result.interval[1]), y2: 24, class: "scale-interval" }));
  }
  if (result.predicted_manipulation !== null && result.final_score !== null) {
    drawing.append(shape("circle", { cx: at(result.final_score), cy: 24, r: 8, class: "scale-point" }));
  }
  drawing.append(label(at(0), "0", "start"), label(at(result.decision_threshold), "threshold", "middle"), label(at(1), "100", "end"));
  return [drawing];
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function label(x, text, anchor) {
  const made = shape("text", { x, y: 54, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function people(result, kind) {
  $("people-part").hidden = result.tracks.length === 0;
  const rows = result.tracks.map((person) => {
    const shown = kind === "video" ? `${(person.seconds_on_screen || 0).toFixed(1)} s` : "-";
    const cells = [percent(person.probability), shown, person.frames].map((text) => element("td", { textContent: text }));
    return element("tr", {}, element("th", { scope: "row", textContent: person.person }), ...cells);
  });
  $("people").replaceChildren(...rows);
}

function moments(result, kind) {
  const seen = result.top_k_suspicious.filter((moment) => moment.heatmap_overlay_url);
  $("moments-part").hidden = seen.length === 0;
  const figures = seen.map((moment) => {
    const when = kind === "video" ? `${clock(moment.timestamp_ms)}, ` : "";
    const words = `${when}Person ${moment.person}, score ${percent(moment.p_fake)}`;
    const picture = element("img", { src: moment.heatmap_overlay_url, alt: `Map over the face: ${words}`, loading: "lazy" });
    return element("figure", {}, picture, element("figcaption", { textContent: words }));
  });
  $("moments").replaceChildren(...figures);
}

function trust(job) {
  const result = job.result;
  $("trust").textContent =
    `${result.frames_sampled} frames seen, ${result.frames_with_face} with a face, ${result.frames_used_for_score} used for the estimate.` +
    (result.model.base_rate ? ` ${Math.round(100 * result.model.base_rate)} % of the files behind the estimates were manipulated; where fakes are rarer, the chance is lower.` : "");
  $("versions").textContent = `Model ${result.model.bundle} ${result.model_version}, pipeline ${result.pipeline_version}, SHA-256 ${job.sha256}`;
  $("json").href = `/api/results/${encodeURIComponent(job.job_id)}`;
}

async function remove() {
  if (sending) {
    sending.abort();
    sending = null;
    return show("upload");
  }
  await ask(`/api/jobs/${encodeURIComponent(jobId)}`, { method: "DELETE" }).catch(() => null);
  stop();
  location.assign("/");
}

async function retry() {
  try {
    await post(`/api/jobs/${encodeURIComponent(jobId)}/retry`);
    follow(jobId);
  } catch (error) {
    $("failure-text").textContent = error.message;
  }
}

/* Wiring */

$("sign-in-form").addEventListener("submit", signIn);
$("sign-out").addEventListener("click", signOut);
$("file").addEventListener("change", (event) => send(event.target.files[0]));
$("drop").addEventListener("submit", (event) => event.preventDefault());
$("cancel").addEventListener("click", remove);
$("delete").addEventListener("click", remove);
$("retry").addEventListener("click", retry);
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  $("drop").classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) $("drop").classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  if (!$("upload").hidden) send(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  if (!$("upload").hidden) send(event.clipboardData.files[0]);
});
window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});

begin().catch((error) => {
  show("upload");
  $("upload-problem").textContent = error.message;
});
