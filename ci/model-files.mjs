// Scores model files with ONNX Runtime for Node and for the web as a user would; ends with an error if a number differs
// from what `shallownet predict --probabilities` wrote.
//   node model-files.mjs MODULES RUNTIME MODEL TABLE PREDICTIONS [MODEL TABLE PREDICTIONS ...]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, runtime, ...files] = process.argv.slice(2);
const ort = createRequire(join(modules, 'package.json'))(runtime);

function read(path) {
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => line.split(','));
  return { header: rows[0], rows: rows.slice(1) };
}

const number = (cell) => (cell === '' ? NaN : Number(cell));

function feeds(session, { header, rows }) {
  const names = session.inputNames;
  if (names.length === 1) {
    const values = Float32Array.from(rows.flatMap((row) => row.map(number)));
    return { [names[0]]: new ort.Tensor('float32', values, [rows.length, header.length]) };
  }
  const inputs = {};
  names.forEach((name, c) => {
    const cells = rows.map((row) => row[c]);
    const words = cells.some((cell) => Number.isNaN(Number(cell)));
    inputs[name] = words
      ? new ort.Tensor('string', cells, [rows.length, 1])
      : new ort.Tensor('float32', Float32Array.from(cells.map(number)), [rows.length, 1]);
  });
  return inputs;
}

for (let i = 0; i < files.length; i += 3) {
  const [model, table, predictions] = files.slice(i, i + 3);
  const session = await ort.InferenceSession.create(runtime === 'onnxruntime-web' ? readFileSync(model) : model);
  const outputs = await session.run(feeds(session, read(table)));
  const values = (outputs.prediction ?? outputs.probabilities).data;
  const { header, rows } = read(predictions);
  const columns = values.length / rows.length;
  let worst = 0;
  rows.forEach((row, r) => {
    const expected = (header.length > 1 ? row.slice(1) : row).map(Number);
    if (expected.length !== columns) throw new Error(`${model}: ${columns} numbers for a row, not ${expected.length}`);
    expected.forEach((ours, c) => {
      const difference = Math.abs(values[r * columns + c] - ours) / Math.max(1, Math.abs(ours));
      worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    });
    if (outputs.label && outputs.label.data[r] !== row[0]) {
      const [second, first] = [...expected].sort((a, b) => a - b).slice(-2);
      if (!(first - second < 1e-5)) throw new Error(`${model}: row ${r} is ${outputs.label.data[r]}, not ${row[0]}`);
    }
  });
  if (!(worst <= 1e-5)) throw new Error(`${model}: the largest difference is ${worst}`);
  console.log(`  ${runtime}, ${model}: ${rows.length} rows, largest difference ${worst.toExponential(1)}`);
}
