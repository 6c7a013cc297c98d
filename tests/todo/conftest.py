from tests.reactions.ground import ground

__all__ = ["ground"]
