"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";

import { keys, useMay } from "@/api/queries";
import type { ServiceLimits } from "@/api/schema";
import { chosenWorkspace } from "@/api/workspace";
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

import { beginnings, type Beginning, type Missed } from "./beginnings";
import { BeginningLine, HoldNotice, MissedNotice, ServerNotice } from "./notices";

const NOTHING = beginnings.snapshot();
const NONE = () => NOTHING;

/** The start page: accepts files and shows the progress of each. */
export function Analyser() {
  const t = useTranslations();
  const queue = useUploader();
  const [link, setLink] = useState<string | null>(null);
  const { take, underWay, missed } = useTake();
  useOpenTheOne(queue);
  const over = useDropAnywhere(take);
  usePaste(take, setLink);
  useEffect(() => {
    const dropped = takeHanded();
    if (dropped.files.length + dropped.folders.length > 0) take(dropped);
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
          refused={queue.rows.filter(({ phase }) => phase.is === "refused").length}
          link={link}
          onFiles={(files) => take({ files, folders: [] })}
          onLink={setLink}
        />
      ) : (
        <Notice title={t("analyse.readOnly.title")}>{t("analyse.readOnly.text")}</Notice>
      )}
      {underWay.map((beginning) => (
        <BeginningLine key={beginning.key} beginning={beginning} />
      ))}
      {missed !== null && <MissedNotice missed={missed} />}
      {queue.hold !== null && <HoldNotice hold={queue.hold} />}
      {hasRows && <FileList queue={queue} />}
      {mayAnalyse && <Samples small={hasRows} />}
      <About />
    </div>
  );
}

type Taking = {
  take: (dropped: Dropped) => void;
  /** What is being made a batch. */
  underWay: readonly Beginning[];
  /** Why no batch was made of what was dropped last. */
  missed: Missed | null;
};

/** Adds files that were dropped, pasted or picked, and announces them; folders, archives and many files become a batch. */
function useTake(): Taking {
  const t = useTranslations("analyse");
  const router = useRouter();
  const client = useQueryClient();
  const announce = useAnnounce();
  const mayAnalyse = useMay("analyse");
  const { underWay, missed } = useSyncExternalStore(beginnings.subscribe, beginnings.snapshot, NONE);
  const begin = async (dropped: Dropped) => {
    const workspace = chosenWorkspace();
    const limits = client.getQueryData<ServiceLimits>(keys.limits) ?? null;
    const id = await beginnings.begin(dropped, { limits, named: (count) => t("list.batch", { count }) });
    if (id === null) return;
    void client.invalidateQueries({ queryKey: keys.batches });
    // Who has gone to another page, or to another workspace, meanwhile is not taken away from there.
    const isHere = location.pathname === "/" && workspace === chosenWorkspace();
    if (isHere) router.push(`/batch/?id=${id}`);
    else announce(t("zone.begun"));
  };
  const take = (dropped: Dropped) => {
    if (!mayAnalyse) return;
    const { files } = dropped;
    if (isMany(dropped)) return void begin(dropped);
    if (files.length === 0) return;
    const twice = uploader.addFiles(files);
    const added = files.length - twice;
    announce(added > 0 ? t("list.added", { count: added }) : t("list.twice"));
  };
  return { take, underWay, missed };
}

const MANY = 20;

/** Whether what was dropped becomes a batch: a folder, an archive, or more files than a list is good for. */
function isMany({ files, folders }: Dropped): boolean {
  const archive = files.length === 1 && /\.zip$/i.test(files[0]?.name ?? "");
  return folders.length > 0 || archive || files.length > MANY;
}

/** Open the result of a file that was added alone as soon as its job exists, while this page is shown. */
function useOpenTheOne({ rows }: Queue): void {
  const router = useRouter();
  const ready = rows.find((row) => row.alone && row.phase.is === "sent");
  const key = ready?.key;
  const jobId = ready?.phase.is === "sent" ? ready.phase.jobId : undefined;
  const workspace = ready?.workspace;
  useEffect(() => {
    if (key === undefined || jobId === undefined) return;
    uploader.opened(key);
    // Who has chosen another workspace meanwhile is not led back to this one.
    if (workspace === chosenWorkspace()) router.push(`/result/?id=${jobId}`);
  }, [router, key, jobId, workspace]);
  useEffect(() => () => uploader.stay(), []);
}
