import Curate
