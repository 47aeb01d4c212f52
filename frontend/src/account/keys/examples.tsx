"use client";

import { useTranslations } from "use-intl";

import { useHydrated } from "@/ui/use-hydrated";

/** What to send with a key, in curl, Python and TypeScript, to the address that this page was loaded from. */
export function Examples() {
  const t = useTranslations("account.keys");
  const hydrated = useHydrated();
  const origin = hydrated ? location.origin : "";
  return (
    <details className="border-t border-line pt-4">
      <summary className="cursor-pointer font-semibold">{t("examples")}</summary>
      <p className="mt-2 text-sm text-muted">{t("examplesText")}</p>
      <Code title="curl" code={curl(origin)} />
      <Code title="Python" code={python(origin)} />
      <p className="mt-6 text-sm text-muted">{t("clientsText")}</p>
      <Code title="Python: deepshield-client" code={pythonClient(origin)} />
      <Code title="TypeScript: @deepshield/client" code={typescriptClient(origin)} />
    </details>
  );
}

function Code({ title, code }: { title: string; code: string }) {
  return (
    <figure className="mt-4">
      <figcaption className="text-sm font-medium">{title}</figcaption>
      <pre
        tabIndex={0}
        aria-label={title}
        className="mt-1 overflow-x-auto rounded-control border border-line bg-sunken p-3 text-sm"
      >
        <code>{code}</code>
      </pre>
    </figure>
  );
}

function curl(origin: string): string {
  return `export DEEPSHIELD_KEY=ds_…
curl -H "X-API-Key: $DEEPSHIELD_KEY" -F file=@photo.jpg \\
  ${origin}/api/analyze-image
curl -H "X-API-Key: $DEEPSHIELD_KEY" ${origin}/api/results/$JOB_ID`;
}

function python(origin: string): string {
  return `import os, time
import httpx

headers = {"X-API-Key": os.environ["DEEPSHIELD_KEY"]}
with httpx.Client(base_url="${origin}", headers=headers) as api, open("photo.jpg", "rb") as photo:
    job = api.post("/api/analyze-image", files={"file": photo}).raise_for_status().json()
    while job["state"] not in ("COMPLETED", "FAILED", "CANCELLED"):
        time.sleep(1)
        job = api.get(f"/api/results/{job['job_id']}").raise_for_status().json()
print(job["result"]["verdict"] if job["result"] else job["error"]["message"])`;
}

function pythonClient(origin: string): string {
  return `import os
from deepshield_client import DeepShield

with DeepShield("${origin}", key=os.environ["DEEPSHIELD_KEY"]) as client:
    print(client.analyze("photo.jpg").result.verdict)`;
}

function typescriptClient(origin: string): string {
  return `import { DeepShield } from "@deepshield/client";

const client = new DeepShield("${origin}", { key: process.env.DEEPSHIELD_KEY });
console.log((await client.analyze("photo.jpg")).result?.verdict);`;
}
