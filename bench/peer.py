"""transformers on torch's CPU build, asked over standard input, for model.js: one JSON line in, one out.

{"export": FOLDER}          -> writes FOLDER/{vision,text}_model.onnx by torch.onnx.export, and -int8 beside them by
                               onnxruntime.quantization.quantize_dynamic (per tensor, signed), the peer's own tools
{"images": BATCH}           -> {"seconds": per image of one run}
{"captions": BATCH, "length": N} -> {"seconds": per caption of one run}
usage: peer.py CHECKPOINT THREADS. Needs requirements.txt beside this file.
"""
import json
import os
import sys
import time

import torch
from transformers import CLIPModel

torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(5)
model = CLIPModel.from_pretrained(sys.argv[1]).eval()
side = model.config.vision_config.image_size


def embeds(output):
    return output if torch.is_tensor(output) else output.pooler_output


def images(pixels):
    return embeds(model.get_image_features(pixel_values=pixels))


def captions(ids):
    return embeds(model.get_text_features(input_ids=ids, attention_mask=torch.ones_like(ids)))


def token_ids(batch, length):
    ids = torch.randint(320, 20000, (batch, length))
    ids[:, 0], ids[:, -1] = 49406, 49407
    return ids


class Tower(torch.nn.Module):
    def __init__(self, run):
        super().__init__()
        self.model, self.run = model, run

    def forward(self, x):
        return self.run(x)


def export(folder):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    os.makedirs(folder, exist_ok=True)
    batch = torch.export.Dim("batch", min=1, max=64)
    made = []
    for name, tower, example, dims in [
        ("vision", Tower(images), torch.randn(2, 3, side, side), {0: batch}),
        ("text", Tower(captions), token_ids(2, 16), {0: batch, 1: torch.export.Dim("length", min=2, max=77)}),
    ]:
        file = f"{folder}/{name}_model.onnx"
        try:
            torch.onnx.export(tower, (example,), file, dynamic_shapes={"x": dims}, dynamo=True, external_data=True)
            quantize_dynamic(file, f"{folder}/{name}_model-int8.onnx", weight_type=QuantType.QInt8, use_external_data_format=True)
            made.append(name)
        except Exception as error:  # a tower that the peer's own tools can't export has no figure
            print(f"{name}: {error}", file=sys.stderr)
    return made


@torch.inference_mode()
def answer(order):
    if "export" in order:
        with torch.inference_mode(False):
            return {"made": export(order["export"])}
    batch = order.get("images") or order["captions"]
    data = torch.randn(batch, 3, side, side) if "images" in order else token_ids(batch, order["length"])
    started = time.perf_counter()
    (images if "images" in order else captions)(data)
    return {"seconds": (time.perf_counter() - started) / batch}


real, sys.stdout = sys.stdout, sys.stderr  # what the tools print must not mix with the answers
print(json.dumps({"ready": torch.__version__}), file=real, flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=real, flush=True)
