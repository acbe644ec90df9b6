"""A model folder of ViT-B/32's exact shapes with random weights (600 MB), for benchmarks that need a real load but no real knowledge.
usage: make-vit-b32.py OUT VOCAB_FOLDER (with OpenAI's vocab.json and merges.txt). Needs requirements.txt beside this file."""
import sys

from clip_onnx import random_weights, write_model_folder
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

out, source = sys.argv[1:3]
vision = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, image_size=224, patch_size=32)
text = dict(hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8, bos_token_id=0, eos_token_id=2, pad_token_id=1)
both = dict(projection_dim=512, hidden_act="quick_gelu")
model = random_weights(CLIPModel(CLIPConfig(text_config=text | both, vision_config=vision | both, projection_dim=512)), seed=11)
write_model_folder(model, out, CLIPTokenizer(f"{source}/vocab.json", f"{source}/merges.txt").backend_tokenizer)
print("written", out)
