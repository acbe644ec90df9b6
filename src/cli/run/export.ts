import { EXPORT_FORMATS, exportIndex } from '../../collection/export/export-index.js';
import { tagColumns } from '../../collection/export/tag-columns.js';
import { fault } from '../../domain/errors.js';
import { askedFilter } from '../asked-filter.js';
import type { Run } from '../command.js';
import { outFile } from '../out-file.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { withApp } from '../with-app.js';

export const exportRun: Run = (invocation) =>
  withApp(
    invocation.config,
    async (app) => {
      const { text, on } = invocation;
      const format = EXPORT_FORMATS.find((one) => one === text('to'));
      if (format === undefined) throw fault('usage', `Expected --to FORMAT, one of ${EXPORT_FORMATS.join(', ')}.`);
      const out = text('out');
      if (out === undefined || out === '') throw fault('usage', 'Expected --out FILE, where the export goes.');
      const file = await outFile('out', out, app.indexFolder());
      const filter = (await askedFilter(app, invocation)) ?? {};
      const index = await app.index();
      const tags = await app.tags();
      const sets = text('tags')?.split(',') ?? [];
      const join = sets.flatMap((name) => tagColumns(tags.table(name.trim(), index.reader.modelId)));
      const total = (await index.catalogue.counts()).references;
      const everything = Object.keys(filter).length === 0;
      const progress = new Progress('exporting');
      const report = await withStopSignal(progress, (signal) =>
        exportIndex({
          ...{ index, format, filter, signal, file, withVectors: on('vectors'), join },
          onProgress: (done) => {
            if (everything) progress.count(done, total);
            else progress.update({ done, total: null, rate: null, secondsLeft: null });
          },
        }),
      );
      if (on('json')) printJson(report);
      else print(`${report.references} references are in ${report.file}, ${report.bytes} bytes.`);
      return undefined;
    },
    { once: true },
  );
