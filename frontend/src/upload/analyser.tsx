"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import { useAnnounce } from "@/ui/announcer";
import { Notice } from "@/ui/notice";
import { About } from "@/upload/about/about";
import { useDropAnywhere, usePaste, type Dropped } from "@/upload/intake/drop-and-paste";
import { takeHanded } from "@/upload/intake/handed";
import { DropZone } from "@/upload/intake/drop-zone";
import { Samples } from "@/upload/intake/samples";
import { FileList } from "@/upload/list/file-list";
import type { Queue } from "@/upload/queue/queue";
import { uploader } from "@/upload/queue/uploader";
import { useUploader } from "@/upload/queue/use-uploader";

import { HoldNotice, ServerNotice } from "./notices";

/** The start page: accepts files and shows the progress of each. */
export function Analyser() {
  const t = useTranslations();
  const queue = useUploader();
  const [folders, setFolders] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const take = useTake(setFolders);
  useOpenTheOne(queue);
  const over = useDropAnywhere(take);
  usePaste(take, setLink);
  useEffect(() => {
    const files = takeHanded();
    if (files.length > 0) take({ files, folders: 0 });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what another page handed over is taken once
  }, []);
  const mayAnalyse = useMay("analyse");
  const hasRows = queue.rows.length > 0;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-6 sm:gap-8">
      <header>
        <h1 className="text-xl font-semibold tracking-tight sm:text-3xl">{t("analyse.heading")}</h1>
        <p className="mt-2 max-w-prose text-muted sm:text-lg">{t("analyse.lead")}</p>
      </header>
      <ServerNotice held={queue.hold !== null} />
      {mayAnalyse ? (
        <DropZone
          over={over}
          small={hasRows}
          folders={folders}
          refused={queue.rows.filter(({ phase }) => phase.is === "refused").length}
          link={link}
          onFiles={(files) => take({ files, folders: 0 })}
          onLink={setLink}
        />
      ) : (
        <Notice title={t("analyse.readOnly.title")}>{t("analyse.readOnly.text")}</Notice>
      )}
      {queue.hold !== null && <HoldNotice hold={queue.hold} />}
      {hasRows && <FileList queue={queue} />}
      {mayAnalyse && <Samples small={hasRows} />}
      <About />
    </div>
  );
}

/** Adds files that were dropped, pasted or picked, and announces them to screen readers. */
function useTake(onFolders: (any: boolean) => void): (dropped: Dropped) => void {
  const t = useTranslations("analyse");
  const announce = useAnnounce();
  const mayAnalyse = useMay("analyse");
  return ({ files, folders }) => {
    onFolders(folders > 0);
    if (files.length === 0 || !mayAnalyse) return;
    const twice = uploader.addFiles(files);
    const added = files.length - twice;
    announce(added > 0 ? t("list.added", { count: added }) : t("list.twice"));
  };
}

/** Open the result of a file that was added alone as soon as its job exists, while this page is shown. */
function useOpenTheOne({ rows }: Queue): void {
  const router = useRouter();
  const ready = rows.find((row) => row.alone && row.phase.is === "sent");
  const key = ready?.key;
  const jobId = ready?.phase.is === "sent" ? ready.phase.jobId : undefined;
  useEffect(() => {
    if (key === undefined || jobId === undefined) return;
    uploader.opened(key);
    router.push(`/result/?id=${jobId}`);
  }, [router, key, jobId]);
  useEffect(() => () => uploader.stay(), []);
}
