"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Film, Image as Picture } from "lucide-react";
import { useTranslations } from "use-intl";

import type { MediaKind } from "@/api/schema";
import { Notice } from "@/ui/notice";
import { uploader } from "@/upload/queue/uploader";

type Sample = { file: string; kind: MediaKind; title_key: string; credit?: string };

const FOLDER = "/samples/";
const TITLES = ["portrait", "edited", "clip", "missed"] as const;

async function readSamples(): Promise<Sample[]> {
  const answer = await fetch(`${FOLDER}manifest.json`);
  if (!answer.ok) throw new Error("There are no samples.");
  return (await answer.json()) as Sample[];
}

async function fetchSample({ file }: Sample): Promise<File> {
  const answer = await fetch(`${FOLDER}${file}`);
  if (!answer.ok) throw new Error("The sample is not there.");
  const blob = await answer.blob();
  return new File([blob], file, { type: blob.type, lastModified: 0 });
}

/** Sample files in the public domain, each analysed with one click; absent where the build has none. */
export function Samples({ small }: { small: boolean }) {
  const t = useTranslations("analyse.samples");
  const samples = useQuery({
    queryKey: ["samples"],
    queryFn: readSamples,
    staleTime: Infinity,
    retry: false,
  });
  const start = useMutation({
    mutationFn: fetchSample,
    networkMode: "always",
    onSuccess: (file) => {
      uploader.addFiles([file]);
    },
  });
  if (samples.isError || samples.data?.length === 0) return null;
  const credit = samples.data?.[0]?.credit;
  return (
    <section aria-labelledby="samples-title">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="samples-title" className="text-lg font-semibold">
          {t("title")}
        </h2>
        <p className="w-full text-sm text-muted min-[30rem]:w-auto">{credit ?? "\u00a0"}</p>
      </div>
      {start.isError && <Notice tone="danger">{t("failed")}</Notice>}
      <ul className="grid grid-cols-1 gap-3 min-[30rem]:grid-cols-2 lg:grid-cols-4">
        {samples.data?.map((sample) => (
          <li key={sample.file}>
            <SampleCard
              sample={sample}
              small={small}
              disabled={start.isPending}
              onStart={() => start.mutate(sample)}
            />
          </li>
        )) ??
          PLACES.map((place) => (
            <li
              key={place}
              aria-hidden
              className={`rounded-card border border-line bg-surface ${small ? "h-12" : "h-32 min-[30rem]:h-56"}`}
            />
          ))}
      </ul>
    </section>
  );
}

const PLACES = [1, 2, 3, 4];

type CardProps = { sample: Sample; small: boolean; disabled: boolean; onStart: () => void };

function SampleCard({ sample, small, disabled, onStart }: CardProps) {
  const t = useTranslations("analyse.samples");
  const known = TITLES.find((title) => title === sample.title_key);
  const title = known === undefined ? sample.file : t(`titles.${known}`);
  const Sign = sample.kind === "image" ? Picture : Film;
  const wide = "min-[30rem]:h-56 min-[30rem]:flex-col";
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onStart}
      className={`group flex w-full overflow-hidden rounded-card border border-line bg-surface text-left hover:border-control hover:bg-sunken disabled:opacity-60 ${small ? "h-12" : `min-h-32 ${wide}`}`}
    >
      {!small && <SamplePicture sample={sample} />}
      <span className="flex min-w-0 flex-1 flex-col justify-center gap-0.5 p-3 min-[30rem]:flex-none">
        <span className="flex items-center gap-1.5 font-medium">
          <Sign aria-hidden className="size-4 shrink-0 text-muted" />
          <span className={small ? "truncate" : ""}>{title}</span>
        </span>
        {!small && <span className="text-sm text-muted">{t(`hints.${known ?? "other"}`)}</span>}
      </span>
    </button>
  );
}

function SamplePicture({ sample }: { sample: Sample }) {
  const source = `${FOLDER}${sample.file}`;
  const fill =
    "w-32 shrink-0 self-stretch bg-sunken object-cover object-top min-[30rem]:h-0 min-[30rem]:w-full min-[30rem]:grow";
  if (sample.kind === "image")
    return <img src={source} alt="" loading="lazy" decoding="async" className={fill} />;
  return (
    <video
      src={`${source}#t=0.5`}
      muted
      playsInline
      preload="metadata"
      tabIndex={-1}
      aria-hidden
      className={fill}
    />
  );
}
