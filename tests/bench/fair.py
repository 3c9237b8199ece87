# SPDX-License-Identifier: GPL-2.0-or-later
"""What each agent is due: weighted shares in a tree, of what was given, by who wanted it when.

An agent that wants all it can get is due its weighted share of what those with less demand
than their share leave. Between two changes of who wants, and of weights, that is a matter of
filling a tree; the sum over such spans is what an agent is due in a window.
"""
from math import inf

# The weight of an agent's own work beside its children.
OWN_WEIGHT = 100


class Node:
    def __init__(self, weight, cap=inf):
        self.weight = weight
        self.cap = cap  # ns in this span
        self.demand = 0
        self.children = []
        self.due = 0

    def wanted(self):
        """Its demand and that of all below it, within its cap."""
        return min(self.cap, self.demand + sum(child.wanted() for child in self.children))


def fill(nodes, capacity):
    """Gives each node its due of the capacity, then goes down into them."""
    left = [node for node in nodes if node.wanted() > 0]
    while left:
        unit = capacity / sum(node.weight for node in left)
        modest = [node for node in left if node.wanted() <= unit * node.weight]
        for node in modest or left:
            node.due = node.wanted() if modest else unit * node.weight
            capacity -= node.due
        if not modest:
            break
        left = [node for node in left if node not in modest]
    for node in nodes:
        if node.children:
            own = Node(OWN_WEIGHT)
            own.demand = node.demand
            fill([*node.children, own], node.due)
            node.due = own.due


def dues(agents, weights, demand, capacity, span):
    """ns that each agent is due of the capacity, by path.

    agents: workload.Agent by path, parents before children; weights and demand (ns, or inf for
    all it can get) by path; span: how long, for caps.
    """
    nodes, top = {}, []
    for path, agent in agents.items():
        node = Node(weights[path], inf if agent.cap is None else agent.cap * span)
        node.demand = demand.get(path, 0)
        nodes[path] = node
        (nodes[agent.parent].children if agent.parent else top).append(node)
    fill(top, capacity)
    return {path: node.due for path, node in nodes.items()}
