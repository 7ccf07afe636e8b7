"""What an agent's commands do: generators of effects, one module for each group of commands; `run` joins them."""
